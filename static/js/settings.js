// What the library reads when it comes: that the site's own sheet says how an element looks that waits.
document.head.append(Object.assign(document.createElement("meta"), { name: "htmx-config", content: "includeIndicatorCSS:false" }));
