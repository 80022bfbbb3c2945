// Informer holds the ConfigMaps of one namespace with client-go's shared informer, and tells on standard output what it holds whenever a
// line comes in on standard input. The TypeScript side of the test cuts its connections, compacts and restarts the server.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// told is what the event handlers have said, by name.
type told struct {
	mu       sync.Mutex
	versions map[string]string
}

func (t *told) take(object any) {
	m := object.(*corev1.ConfigMap)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.versions[m.Name] = m.ResourceVersion
}

func (t *told) drop(object any) {
	if last, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = last.Obj
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.versions, object.(*corev1.ConfigMap).Name)
}

func (t *told) copy() map[string]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	copied := make(map[string]string, len(t.versions))
	for name, version := range t.versions {
		copied[name] = version
	}
	return copied
}

// counter counts the requests that begin a list anew: plain lists, and watches that ask for the initial events.
type counter struct {
	next  http.RoundTripper
	lists *atomic.Int64
}

func (c counter) RoundTrip(request *http.Request) (*http.Response, error) {
	query := request.URL.Query()
	if query.Get("watch") == "" || query.Get("sendInitialEvents") == "true" {
		c.lists.Add(1)
	}
	return c.next.RoundTrip(request)
}

type state struct {
	Synced bool              `json:"synced"`
	Lists  int64             `json:"lists"`
	Held   map[string]string `json:"held"`
	Told   map[string]string `json:"told"`
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig file")
	server := flag.String("server", "", "address to use instead of the kubeconfig's")
	namespace := flag.String("namespace", "default", "namespace to watch")
	flag.Parse()
	if err := run(*kubeconfig, *server, *namespace); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kubeconfig, server, namespace string) error {
	var lists atomic.Int64
	client, err := newClient(kubeconfig, server, &lists)
	if err != nil {
		return err
	}
	source := cache.NewListWatchFromClient(client, "configmaps", namespace, fields.Everything())
	informer := cache.NewSharedIndexInformer(source, &corev1.ConfigMap{}, 0, cache.Indexers{})
	seen := &told{versions: map[string]string{}}
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    seen.take,
		UpdateFunc: func(_, object any) { seen.take(object) },
		DeleteFunc: seen.drop,
	}); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go informer.RunWithContext(ctx)

	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer := state{Synced: informer.HasSynced(), Lists: lists.Load(), Held: map[string]string{}, Told: seen.copy()}
		for _, object := range informer.GetStore().List() {
			m := object.(*corev1.ConfigMap)
			answer.Held[m.Name] = m.ResourceVersion
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func newClient(kubeconfig, server string, lists *atomic.Int64) (*rest.RESTClient, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	if server != "" {
		config.Host = strings.TrimSuffix(server, "/")
	}
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	config.APIPath = "/api"
	config.GroupVersion = &corev1.SchemeGroupVersion
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return counter{next, lists} })
	return rest.RESTClientFor(config)
}
