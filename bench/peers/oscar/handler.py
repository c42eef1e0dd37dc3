"""django-oscar as a Lambda function: what somebody who glues it together today puts into a package."""

from apig_wsgi import make_lambda_handler

from wsgi import application

handler = make_lambda_handler(application, binary_support=True)
