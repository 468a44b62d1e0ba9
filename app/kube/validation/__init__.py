"""What the API server refuses, in its own words: validation of the fields that the models read.

Follows pkg/apis/core/validation, pkg/apis/apps/validation and pkg/apis/discovery/validation of kubernetes v1.36.3 (the
rules here are the same in v1.37.2) and apimachinery pkg/util/validation. Fields that no model reads are looked
at where the rule is short. A Pod none of whose containers has an image is read all the same: it is a sketch.
"""
