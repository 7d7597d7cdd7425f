"""OCI: stock clients of container registries push and pull versions, under the same evidence."""
