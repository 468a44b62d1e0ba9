// Package virttemplate makes the client of virtual machine templates, which no recorded cluster has.
package virttemplate

import "k8s.io/client-go/rest"

type Clientset struct{}

type TemplateV1beta1 struct{}

func NewForConfig(*rest.Config) (*Clientset, error) { return &Clientset{}, nil }

func (*Clientset) TemplateV1beta1() TemplateV1beta1 { return TemplateV1beta1{} }

func (TemplateV1beta1) RESTClient() *rest.RESTClient { return nil }
