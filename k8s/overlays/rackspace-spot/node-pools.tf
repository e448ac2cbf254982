# Node pools for this overlay. An example that was not run: attributes after the documentation of rackerlabs/spot 0.1.4,
# server classes and bids are to be looked up (data sources spot_serverclasses and spot_regions).

terraform {
  required_providers {
    spot = {
      source  = "rackerlabs/spot"
      version = ">= 0.1.4"
    }
  }
}

variable "rackspace_spot_token" {
  type      = string
  sensitive = true
}

provider "spot" {
  token = var.rackspace_spot_token
}

# a pod failure policy, which every task Job has, is stable since Kubernetes 1.31; calico enforces network policies
resource "spot_cloudspace" "pipeline" {
  cloudspace_name    = "credit-default-pipeline"
  region             = "us-central-dfw-1"
  kubernetes_version = "1.31.1"
  cni                = "calico"
  hacontrol_plane    = false
  wait_until_ready   = true
}

# Two server classes, each a market of its own: a price that rises takes the nodes of one site, not of both.
locals {
  sites = {
    general = { server_class = "gp.vs1.large-dfw", bid_price = 0.03 }
    memory  = { server_class = "mh.vs1.large-dfw", bid_price = 0.03 }
  }
}

resource "spot_spotnodepool" "workers" {
  for_each        = local.sites
  cloudspace_name = spot_cloudspace.pipeline.cloudspace_name
  server_class    = each.value.server_class
  bid_price       = each.value.bid_price

  # one node in each site stays, so that a replaced attempt need not wait for a machine
  autoscaling = {
    min_nodes = 1
    max_nodes = 3
  }

  labels = {
    workload = "airflow-workers"
    capacity = "spot"
    site     = each.key
  }
}

# where the last replacement of a preempted attempt goes
resource "spot_ondemandnodepool" "last_resort" {
  cloudspace_name      = spot_cloudspace.pipeline.cloudspace_name
  server_class         = "gp.vs1.large-dfw"
  desired_server_count = 1

  labels = {
    workload = "airflow-workers"
    capacity = "on-demand"
    site     = "on-demand"
  }
}
