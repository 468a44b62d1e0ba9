// Package v1beta1 has as much of a virtual machine template as KubeVirt's export of virtual machines reads.
package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const ConditionReady = "Ready"

type Parameter struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
}

type VirtualMachineTemplateSpec struct {
	VirtualMachine *runtime.RawExtension `json:"virtualMachine,omitempty"`
	Parameters     []Parameter           `json:"parameters,omitempty"`
}

type VirtualMachineTemplateStatus struct {
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

type VirtualMachineTemplate struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   VirtualMachineTemplateSpec   `json:"spec"`
	Status VirtualMachineTemplateStatus `json:"status,omitempty"`
}

func (t *VirtualMachineTemplate) DeepCopy() *VirtualMachineTemplate {
	made := *t
	t.ObjectMeta.DeepCopyInto(&made.ObjectMeta)
	if t.Spec.VirtualMachine != nil {
		made.Spec.VirtualMachine = t.Spec.VirtualMachine.DeepCopy()
	}
	made.Spec.Parameters = append([]Parameter(nil), t.Spec.Parameters...)
	made.Status.Conditions = append([]metav1.Condition(nil), t.Status.Conditions...)
	return &made
}

func (t *VirtualMachineTemplate) DeepCopyObject() runtime.Object {
	return t.DeepCopy()
}
