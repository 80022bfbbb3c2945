package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	apiext "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	apireg "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

type field struct {
	Name      string `json:"name"`
	Pointer   bool   `json:"pointer,omitempty"`
	OmitEmpty bool   `json:"omitEmpty,omitempty"`
	OmitZero  bool   `json:"omitZero,omitempty"`
	Inline    bool   `json:"inline,omitempty"`
	Kind      string `json:"kind"`
	GoType    string `json:"goType"`
	Field     string `json:"field"`
	Elem      string `json:"elemPointer,omitempty"`
}

var out = map[string][]field{}

func name(t reflect.Type) string {
	return t.PkgPath() + "." + t.Name()
}
func visit(t reflect.Type) {
	for t.Kind() == reflect.Ptr || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || !strings.HasPrefix(t.PkgPath(), "k8s.io") {
		return
	}
	n := name(t)
	if _, ok := out[n]; ok {
		return
	}
	fs := []field{}
	out[n] = fs
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if tag == "-" || f.PkgPath != "" {
			continue
		}
		parts := strings.Split(tag, ",")
		x := field{Name: parts[0], Field: f.Name, GoType: f.Type.String(), Kind: f.Type.Kind().String()}
		for _, p := range parts[1:] {
			switch p {
			case "omitempty":
				x.OmitEmpty = true
			case "omitzero":
				x.OmitZero = true
			case "inline":
				x.Inline = true
			}
		}
		if f.Type.Kind() == reflect.Ptr {
			x.Pointer = true
			x.Kind = f.Type.Elem().Kind().String()
		}
		fs = append(fs, x)
		visit(f.Type)
	}
	out[n] = fs
}
func main() {
	s := runtime.NewScheme()
	_ = scheme.AddToScheme(s)
	_ = apiext.AddToScheme(s)
	_ = apireg.AddToScheme(s)
	for _, t := range s.AllKnownTypes() {
		visit(t)
	}
	visit(reflect.TypeOf(metav1.Table{}))
	visit(reflect.TypeOf(metav1.PartialObjectMetadata{}))
	json.NewEncoder(os.Stdout).Encode(out)
}
