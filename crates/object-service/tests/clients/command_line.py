"""A walk through the service with the AWS command line: `command_line.py ENDPOINT FOLDER`."""

import pathlib
import subprocess
import sys

ENDPOINT, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
AWS = pathlib.Path(sys.executable).parent / "aws"
OBJECTS = FOLDER / "objects"


def aws(*words, status=0):
    command = [sys.executable, AWS, "--endpoint-url", ENDPOINT, "s3", *words]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def files(folder):
    found = (path for path in folder.rglob("*") if path.is_file() and ".object-service" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


aws("mb", "s3://goods")
assert "goods" in aws("ls")

# A file there, back, and around.
(FOLDER / "mug.txt").write_text("a mug")
aws("cp", "mug.txt", "s3://goods/shelf/mug.txt")
assert (OBJECTS / "goods/shelf/mug.txt").read_text() == "a mug"
aws("cp", "s3://goods/shelf/mug.txt", "back.txt")
assert (FOLDER / "back.txt").read_text() == "a mug"
aws("cp", "s3://goods/shelf/mug.txt", "s3://goods/shelf/copy.txt")
aws("mv", "s3://goods/shelf/copy.txt", "s3://goods/moved.txt")
assert files(OBJECTS / "goods") == {"shelf/mug.txt": b"a mug", "moved.txt": b"a mug"}
assert "shelf/" in aws("ls", "s3://goods") and "mug.txt" in aws("ls", "s3://goods/shelf/")
assert "404" in aws("cp", "s3://goods/gone", ".", status=1)

# A large one goes in parts, also from one object to another.
large = bytes(range(256)) * 40_000
(FOLDER / "large.bin").write_bytes(large)
aws("cp", "large.bin", "s3://goods/large.bin")
aws("cp", "s3://goods/large.bin", "s3://goods/large copy.bin")
aws("cp", "s3://goods/large copy.bin", "large back.bin")
assert (FOLDER / "large back.bin").read_bytes() == large

# A folder there and back; what is the same is not sent again.
site = FOLDER / "site"
for name in ["index.html", "css/a.css", "css/b.css", "a b/ü+%.txt", "css-old/a.css"]:
    path = site / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(name)
sent = aws("sync", "site", "s3://goods/site")
assert sent.count("upload:") == 5, sent
assert files(OBJECTS / "goods/site") == files(site)
assert aws("sync", "site", "s3://goods/site") == ""
sent = aws("sync", "s3://goods/site", "mirror")
assert sent.count("download:") == 5, sent
assert files(FOLDER / "mirror") == files(site)
assert aws("sync", "s3://goods/site", "mirror") == ""
(site / "index.html").write_text("something new")
(site / "css/b.css").unlink()
sent = aws("sync", "--delete", "site", "s3://goods/site")
assert (sent.count("upload:"), sent.count("delete:")) == (1, 1), sent
assert files(OBJECTS / "goods/site") == files(site)
# What is put by hand is there for everybody.
(OBJECTS / "goods/site/by hand.txt").write_text("by hand")
sent = aws("sync", "s3://goods/site", "mirror")
assert "by hand.txt" in sent and "index.html" in sent, sent

# Away with it.
aws("rm", "s3://goods/moved.txt")
assert "BucketNotEmpty" in aws("rb", "s3://goods", status=1)
aws("rb", "--force", "s3://goods")
assert aws("ls") == ""
assert not (OBJECTS / "goods").exists()
