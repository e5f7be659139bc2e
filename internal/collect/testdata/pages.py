"""Prints the largest page that the models of the APIs allow, by operation."""

import json

import botocore.session

session = botocore.session.get_session()
largest = {}
for service in "autoscaling", "ec2", "elb", "elbv2", "rds":
    model = session.get_service_model(service)
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        for key in ("MaxResults", "MaxRecords", "PageSize") if shape else ():
            if "max" in getattr(shape.members.get(key), "metadata", {}):
                largest[f"{service}:{name}"] = shape.members[key].metadata["max"]
print(json.dumps(largest))
