"""The gate of Plumbline for a CI job: `plumbline-gate R2 aria@step-2000`. The standard library only, and no Django."""
