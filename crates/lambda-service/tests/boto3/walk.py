"""A walk through the service with AWS's own client: `walk.py ENDPOINT PACKAGE`."""

import base64
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, PACKAGE = sys.argv[1:]
ROLE = "arn:aws:iam::123456789012:role/test"
CODE = open(PACKAGE, "rb").read()


def client(**config):
    return boto3.client(
        "lambda",
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


aws = client()
refusals = aws.exceptions


def expect(exception, call, **arguments):
    try:
        call(**arguments)
    except exception as error:
        return error.response
    raise AssertionError(f"{call} was not refused")


def invoke(name, event, **arguments):
    answer = aws.invoke(FunctionName=name, Payload=json.dumps(event), **arguments)
    body = answer["Payload"].read()
    return answer, json.loads(body) if body else None


def create_and_invoke():
    created = aws.create_function(
        FunctionName="shop",
        Runtime="provided.al2023",
        Role=ROLE,
        Handler="h",
        Code={"ZipFile": CODE},
        Environment={"Variables": {"STAGE": "one"}},
        Tags={"team": "till"},
        Timeout=30,
    )
    assert created["State"] == "Pending", created
    aws.get_waiter("function_active_v2").wait(FunctionName="shop")
    aws.get_waiter("function_exists").wait(FunctionName="shop")
    answer, said = invoke("shop", {"tea": "grün"}, LogType="Tail", ClientContext=base64.b64encode(b'{"a":1}').decode())
    assert answer["StatusCode"] == 200 and answer["ExecutedVersion"] == "$LATEST", answer
    assert said["event"] == {"tea": "grün"} and said["variables"]["STAGE"] == "one", said
    tail = base64.b64decode(answer["LogResult"]).decode()
    request = answer["ResponseMetadata"]["RequestId"]
    assert f"START RequestId: {request}" in tail and f"REPORT RequestId: {request}" in tail, tail
    answer, said = invoke("shop", {"do": "error"})
    assert answer["FunctionError"] == "Unhandled" and said["errorType"] == "Shop.Closed", said
    assert invoke("shop", {}, InvocationType="DryRun")[0]["StatusCode"] == 204
    assert invoke("shop", {}, InvocationType="Event")[0]["StatusCode"] == 202
    assert aws.list_tags(Resource=created["FunctionArn"])["Tags"] == {"team": "till"}
    expect(refusals.ResourceConflictException, aws.create_function, FunctionName="shop", Runtime="provided.al2023",
           Role=ROLE, Handler="h", Code={"ZipFile": CODE})


def publish_and_weigh():
    first = aws.publish_version(FunctionName="shop", Description="first")
    assert first["Version"] == "1", first
    aws.get_waiter("published_version_active").wait(FunctionName="shop", Qualifier="1")
    changed = aws.update_function_configuration(FunctionName="shop", Environment={"Variables": {"STAGE": "two"}})
    assert changed["LastUpdateStatus"] == "InProgress", changed
    aws.get_waiter("function_updated_v2").wait(FunctionName="shop")
    expect(refusals.PreconditionFailedException, aws.update_function_configuration, FunctionName="shop", Timeout=4,
           RevisionId="another")
    assert aws.update_function_code(FunctionName="shop", ZipFile=CODE, Publish=True)["Version"] == "2"
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    alias = aws.create_alias(FunctionName="shop", Name="live", FunctionVersion="1", RoutingConfig=weights)
    assert alias["RoutingConfig"] == weights, alias
    seen = set()
    while seen != {("1", "one"), ("2", "two")}:
        answer, said = invoke("shop", {}, Qualifier="live")
        seen.add((answer["ExecutedVersion"], said["variables"]["STAGE"]))
    assert aws.update_alias(FunctionName="shop", Name="live", FunctionVersion="2",
                            RoutingConfig={"AdditionalVersionWeights": {}})["FunctionVersion"] == "2"
    pages = aws.get_paginator("list_versions_by_function").paginate(FunctionName="shop", PaginationConfig={"PageSize": 1})
    assert [row["Version"] for page in pages for row in page["Versions"]] == ["$LATEST", "1", "2"]
    assert [row["Name"] for row in aws.list_aliases(FunctionName="shop")["Aliases"]] == ["live"]
    expect(refusals.ResourceNotFoundException, aws.get_function, FunctionName="shop", Qualifier="9")


def throttle():
    aws.put_function_concurrency(FunctionName="shop", ReservedConcurrentExecutions=0)
    refused = expect(refusals.TooManyRequestsException, aws.invoke, FunctionName="shop")
    assert refused["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded", refused
    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 429, refused
    assert aws.get_function_concurrency(FunctionName="shop")["ReservedConcurrentExecutions"] == 0
    aws.delete_function_concurrency(FunctionName="shop")
    invoke("shop", {})


def keep_ready():
    asked = aws.put_provisioned_concurrency_config(FunctionName="shop", Qualifier="live",
                                                   ProvisionedConcurrentExecutions=2)
    assert asked["Status"] in ("IN_PROGRESS", "READY"), asked
    while aws.get_provisioned_concurrency_config(FunctionName="shop", Qualifier="live")["Status"] != "READY":
        pass
    _, said = invoke("shop", {}, Qualifier="live")
    assert said["variables"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "provisioned-concurrency", said
    rows = aws.list_provisioned_concurrency_configs(FunctionName="shop")["ProvisionedConcurrencyConfigs"]
    assert len(rows) == 1 and rows[0]["FunctionArn"].endswith(":live"), rows
    aws.delete_provisioned_concurrency_config(FunctionName="shop", Qualifier="live")
    expect(refusals.ProvisionedConcurrencyConfigNotFoundException, aws.get_provisioned_concurrency_config,
           FunctionName="shop", Qualifier="live")


def stream():
    event = {"do": "stream", "parts": ["one ", "two"]}
    answer = aws.invoke_with_response_stream(FunctionName="shop", Payload=json.dumps(event), LogType="Tail")
    events = list(answer["EventStream"])
    whole = b"".join(event["PayloadChunk"]["Payload"] for event in events if "PayloadChunk" in event)
    assert whole == b"one two", whole
    assert "REPORT" in base64.b64decode(events[-1]["InvokeComplete"]["LogResult"]).decode()
    answer = aws.invoke_with_response_stream(FunctionName="shop", Payload=json.dumps({**event, "fails": True}))
    assert list(answer["EventStream"])[-1]["InvokeComplete"]["ErrorCode"] == "Late"


def configure():
    url = aws.create_function_url_config(FunctionName="shop", AuthType="NONE", Cors={"AllowOrigins": ["*"]})
    assert url["FunctionUrl"].startswith("http://"), url
    assert aws.get_function_url_config(FunctionName="shop")["AuthType"] == "NONE"
    aws.update_function_url_config(FunctionName="shop", InvokeMode="RESPONSE_STREAM")
    assert len(aws.list_function_url_configs(FunctionName="shop")["FunctionUrlConfigs"]) == 1
    aws.delete_function_url_config(FunctionName="shop")
    arn = aws.get_function(FunctionName="shop")["Configuration"]["FunctionArn"]
    config = aws.put_function_event_invoke_config(FunctionName="shop", MaximumRetryAttempts=1,
                                                  DestinationConfig={"OnFailure": {"Destination": arn}})
    assert config["LastModified"].year >= 2026, config
    config = aws.update_function_event_invoke_config(FunctionName="shop", MaximumEventAgeInSeconds=60)
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 60), config
    aws.delete_function_event_invoke_config(FunctionName="shop")
    aws.add_permission(FunctionName="shop", StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                       SourceArn="arn:aws:s3:::b")
    policy = json.loads(aws.get_policy(FunctionName="shop")["Policy"])
    assert policy["Statement"][0]["Principal"] == {"Service": "s3.amazonaws.com"}, policy
    aws.remove_permission(FunctionName="shop", StatementId="s")
    assert aws.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 1000


def refuse():
    # The service's own checks, not the client's.
    unchecked = client(parameter_validation=False)
    for arguments in ({"MemorySize": 64}, {"Timeout": 901}, {"Runtime": "cobol85"}):
        form = {"FunctionName": "other", "Runtime": "provided.al2023", "Role": ROLE, "Handler": "h",
                "Code": {"ZipFile": CODE}, **arguments}
        expect(refusals.InvalidParameterValueException.__mro__[0], lambda **form: try_create(unchecked, form), **form)
    expect(refusals.RequestTooLargeException, aws.invoke, FunctionName="shop", Payload=b'"' + b"x" * 6_400_000 + b'"')
    expect(refusals.InvalidRequestContentException, aws.invoke, FunctionName="shop", Payload=b"{")
    expect(refusals.ResourceNotFoundException, aws.invoke, FunctionName="none")


def try_create(unchecked, form):
    try:
        unchecked.create_function(**form)
    except ClientError as error:
        # Each client makes its own classes.
        assert error.response["Error"]["Code"] == "InvalidParameterValueException", error
        raise refusals.InvalidParameterValueException(error.response, "CreateFunction") from error


def delete():
    names = [row["FunctionName"] for page in aws.get_paginator("list_functions").paginate() for row in page["Functions"]]
    assert names == ["shop"], names
    aws.delete_function(FunctionName="shop")
    expect(refusals.ResourceNotFoundException, aws.get_function, FunctionName="shop")


for step in (create_and_invoke, publish_and_weigh, throttle, keep_ready, stream, configure, refuse, delete):
    print(step.__name__)
    step()
