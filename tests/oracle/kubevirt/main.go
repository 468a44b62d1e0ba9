// The real programs of KubeVirt behind one binary: the first argument says which.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirt "kubevirt.io/api/core/v1"
	"kubevirt.io/client-go/kubecli"
	"kubevirt.io/client-go/log"
	"kubevirt.io/client-go/version"
	"kubevirt.io/kubevirt/pkg/service"
	virtapi "kubevirt.io/kubevirt/pkg/virt-api"
	"kubevirt.io/kubevirt/pkg/virt-controller/watch"
	"kubevirt.io/kubevirt/pkg/virt-operator/resource/generate/components"
	"kubevirt.io/kubevirt/pkg/virt-operator/resource/generate/install"
	"kubevirt.io/kubevirt/pkg/virt-operator/resource/generate/rbac"
	operator "kubevirt.io/kubevirt/pkg/virt-operator/util"
	"kubevirt.io/kubevirt/pkg/virtctl/clientconfig"
	"kubevirt.io/kubevirt/pkg/virtctl/pause"
	"kubevirt.io/kubevirt/pkg/virtctl/unpause"
	"kubevirt.io/kubevirt/pkg/virtctl/vm"
)

const namespace = "kubevirt"

func main() {
	if len(os.Args) < 2 {
		fail("name a command: virt-api, virt-controller, virtctl, resources, operator")
	}
	name := os.Args[1]
	os.Args = append([]string{name}, os.Args[2:]...)
	switch name {
	case "virt-api":
		log.InitializeLogging("virt-api")
		api := virtapi.NewVirtApi()
		service.Setup(api)
		api.Execute()
	case "virt-controller":
		watch.Execute()
	case "virtctl":
		if err := virtctl().Execute(); err != nil {
			fail(err)
		}
	case "resources":
		if err := resources(); err != nil {
			fail(err)
		}
	case "operator":
		if err := virtOperator(); err != nil {
			fail(err)
		}
	default:
		fail("no such command: " + name)
	}
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}

// virtctl has the commands of the stories; its errors are printed as upstream's main does.
func virtctl() *cobra.Command {
	root := &cobra.Command{Use: "virtctl", SilenceUsage: true, SilenceErrors: true}
	root.SetContext(clientconfig.NewContext(context.Background(), kubecli.DefaultClientConfig(root.PersistentFlags())))
	root.AddCommand(
		vm.NewStartCommand(),
		vm.NewStopCommand(),
		vm.NewRestartCommand(),
		vm.NewMigrateCommand(),
		vm.NewMigrateCancelCommand(),
		pause.NewCommand(),
		unpause.NewCommand(),
	)
	return root
}

// resources prints what virt-operator would create, as a list: the CRDs first.
func resources() error {
	made := &kubevirt.KubeVirt{ObjectMeta: metav1.ObjectMeta{Name: "kubevirt", Namespace: namespace}}
	strategy, err := install.GenerateCurrentInstallStrategy(operator.GetTargetConfigFromKV(made), "", namespace)
	if err != nil {
		return err
	}
	crd, err := components.NewKubeVirtCrd()
	if err != nil {
		return err
	}
	items := []any{crd}
	items = appended(items, strategy.CRDs())
	items = appended(items, strategy.ServiceAccounts())
	items = appended(items, strategy.ClusterRoles())
	items = appended(items, strategy.ClusterRoleBindings())
	items = appended(items, strategy.Roles())
	items = appended(items, strategy.RoleBindings())
	items = appended(items, strategy.Services())
	items = appended(items, strategy.ConfigMaps())
	items = appended(items, strategy.MutatingWebhookConfigurations())
	items = appended(items, strategy.ValidatingWebhookConfigurations())
	items = appended(items, strategy.APIServices())
	items = append(items, components.NewKubeVirtPriorityClassCR())
	return printed(items)
}

// virtOperator prints what upstream's kubevirt-operator.yaml creates, as a list: virt-operator and all that it needs.
func virtOperator() error {
	crd, err := components.NewKubeVirtCrd()
	if err != nil {
		return err
	}
	own := corev1.Namespace{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
		ObjectMeta: metav1.ObjectMeta{
			Name:   namespace,
			Labels: map[string]string{kubevirt.AppLabel: "", "pod-security.kubernetes.io/enforce": "privileged"},
		},
	}
	deployment := components.NewOperatorDeployment(
		namespace, "quay.io/kubevirt", "", version.Get().GitVersion, "2",
		"", "", "", "", "", "", "", "", "", "", "", "", "", "", "", corev1.PullIfNotPresent,
	)
	items := append([]any{own, crd, components.NewKubeVirtPriorityClassCR()}, rbac.GetAllOperator(namespace)...)
	return printed(append(items, deployment))
}

func printed(items []any) error {
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}

func appended[T any](items []any, more []T) []any {
	for _, each := range more {
		items = append(items, each)
	}
	return items
}
