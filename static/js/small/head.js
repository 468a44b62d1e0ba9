// a1a80cb1fb4f49a53771e207085c3adcb94217ae214f556160a97242bf395536
"use strict";try{const t=localStorage.getItem("theme");"light"!==t&&"dark"!==t||(document.documentElement.dataset.theme=t)}catch{}document.documentElement.classList.add("js"),window.trustedTypes&&trustedTypes.createPolicy&&trustedTypes.createPolicy("default",{createHTML:t=>t,createScript:()=>null,createScriptURL:t=>/^(\/sw|\/static\/js\/later\.[0-9a-f]{12})\.js$/.test(t)?t:null});

