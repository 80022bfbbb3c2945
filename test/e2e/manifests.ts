export const WORKLOAD = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  level: info
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: { app: web }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: { app: web }
spec:
  replicas: 2
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
      - name: server
        image: example/server:1
        ports: [{ containerPort: 8080 }]
`;

export const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gadgets.e2e.example
spec:
  group: e2e.example
  scope: Namespaced
  names: { plural: gadgets, singular: gadget, kind: Gadget, shortNames: [gd] }
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: { specReplicasPath: .spec.size, statusReplicasPath: .status.size }
    additionalPrinterColumns:
    - { name: Size, type: integer, jsonPath: .spec.size }
    schema:
      openAPIV3Schema:
        type: object
        description: A thing with a size.
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: { type: integer, minimum: 1, description: How big it is. }
              color: { type: string, default: red }
          status:
            type: object
            properties:
              size: { type: integer }
`;

export const GADGET = `
apiVersion: e2e.example/v1
kind: Gadget
metadata:
  name: one
spec:
  size: 3
`;

export const APPLIED = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: applied
data:
  owner: FIELD
`;
