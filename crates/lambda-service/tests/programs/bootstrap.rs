//! A custom runtime that does what its event says: `{"do": "exit", "code": 3}`. Its start follows the variable `INIT`.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt as _;
use std::process;
use std::thread;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use serde_json::{Value, json};

/// A connection to the Runtime API.
struct Api {
    stream: BufReader<TcpStream>,
}

struct Answer {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Api {
    fn connect() -> io::Result<Self> {
        let address = env::var("AWS_LAMBDA_RUNTIME_API").map_err(io::Error::other)?;
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    fn call(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> io::Result<Answer> {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: api\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        self.stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) => drop(headers.insert(name.to_ascii_lowercase(), value.to_owned())),
                None if line.trim_end().is_empty() => break,
                None => drop(headers.insert(":status".to_owned(), line.trim_end().to_owned())),
            }
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { headers, body })
    }

    fn next(&mut self) -> io::Result<Answer> {
        self.call("GET", "/2018-06-01/runtime/invocation/next", "", b"")
    }

    fn reply(&mut self, id: &str, body: &[u8]) -> io::Result<()> {
        self.call("POST", &format!("/2018-06-01/runtime/invocation/{id}/response"), "", body).map(drop)
    }

    /// Sends an answer in pieces, with trailers behind them.
    fn stream(&mut self, id: &str, content_type: &str, parts: &[Vec<u8>], trailers: &str) -> io::Result<()> {
        let stream = self.stream.get_mut();
        let names = if trailers.is_empty() {
            ""
        } else {
            "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"
        };
        write!(
            stream,
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: api\r\nContent-Type: {content_type}\r\n\
             Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n{names}\r\n"
        )?;
        for part in parts.iter().filter(|part| !part.is_empty()) {
            write!(stream, "{:x}\r\n", part.len())?;
            stream.write_all(part)?;
            stream.write_all(b"\r\n")?;
        }
        write!(stream, "0\r\n{trailers}\r\n")?;
        self.answer().map(drop)
    }
}

fn main() -> io::Result<()> {
    let mut api = Api::connect()?;
    start(&mut api)?;
    let parallel = env::var("AWS_LAMBDA_MAX_CONCURRENCY").ok().and_then(|count| count.parse().ok()).unwrap_or(1);
    let others: Vec<_> = (1..parallel).map(|_| thread::spawn(|| Api::connect().and_then(serve))).collect();
    serve(api)?;
    others.into_iter().for_each(|other| drop(other.join()));
    Ok(())
}

fn start(api: &mut Api) -> io::Result<()> {
    println!("init in process {}", process::id());
    match env::var("INIT").as_deref() {
        Ok("exit") => process::exit(3),
        Ok("clean exit") => process::exit(0),
        Ok("hang") => hang(),
        Ok("error") => {
            let body = br#"{"errorType":"Config.Missing","errorMessage":"no settings"}"#;
            let headers = "Lambda-Runtime-Function-Error-Type: Config.Missing\r\n";
            api.call("POST", "/2018-06-01/runtime/init/error", headers, body)?;
            process::exit(1);
        }
        // Fails once in each environment.
        Ok("second time") if !scratch().join("tried").exists() => {
            File::create(scratch().join("tried"))?;
            process::exit(4);
        }
        Ok("extension") => register(api),
        Ok("stubborn extension") => {
            block_term();
            register(api)
        }
        _ => Ok(()),
    }
}

/// Registers as `lambda_runtime` does for a graceful end.
fn register(api: &mut Api) -> io::Result<()> {
    let headers = "Lambda-Extension-Name: end\r\n";
    api.call("POST", "/2020-01-01/extension/register", headers, br#"{"events":[]}"#).map(drop)
}

/// From now on SIGTERM is not felt.
fn block_term() {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGTERM);
    let _ = sigprocmask(SigmaskHow::SIG_BLOCK, Some(&signals), None);
}

fn serve(mut api: Api) -> io::Result<()> {
    for served in 1.. {
        let event = api.next()?;
        let id = event.headers.get("lambda-runtime-aws-request-id").cloned().unwrap_or_default();
        let asked: Value = serde_json::from_slice(&event.body).unwrap_or(Value::Null);
        // Behind a function URL the wish is in the body.
        let inner = asked["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok());
        let asked = inner.filter(|inner| inner["do"].is_string()).unwrap_or(asked);
        carry_out(&mut api, &id, &event, &asked, served)?;
    }
    Ok(())
}

fn carry_out(api: &mut Api, id: &str, event: &Answer, asked: &Value, served: u32) -> io::Result<()> {
    let count = |name: &str| asked[name].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    let text = |name: &str| asked[name].as_str().unwrap_or("");
    match text("do") {
        "abort" => process::abort(),
        "exit" => process::exit(i32::try_from(count("code")).unwrap_or(1)),
        "hang" => {
            println!("hanging");
            hang()
        }
        "error" => {
            let body = br#"{"errorType":"Shop.Closed","errorMessage":"we are closed","stackTrace":[]}"#;
            let path = format!("/2018-06-01/runtime/invocation/{id}/error");
            api.call("POST", &path, "Lambda-Runtime-Function-Error-Type: Shop.Closed\r\n", body).map(drop)
        }
        "break off" => {
            let stream = api.stream.get_mut();
            let path = format!("/2018-06-01/runtime/invocation/{id}/response");
            write!(stream, "POST {path} HTTP/1.1\r\nHost: api\r\nContent-Length: 100\r\n\r\nhalf")?;
            *api = Api::connect()?;
            Ok(())
        }
        "ask again" => {
            let status = api.next()?.headers.get(":status").cloned();
            api.reply(id, json!({"status": status}).to_string().as_bytes())
        }
        "large" => api.reply(id, format!("\"{}\"", "x".repeat(count("bytes"))).as_bytes()),
        "say" => api.reply(id, asked["say"].to_string().as_bytes()),
        "log" => {
            (0..count("lines")).for_each(|line| println!("line {line} of {id}"));
            api.reply(id, b"null")
        }
        "flood" => {
            let line = [b"x".repeat(1_023), b"\n".to_vec()].concat();
            for _ in 0..count("kib") {
                io::stdout().write_all(&line)?;
            }
            api.reply(id, b"null")
        }
        "stream" => stream(api, id, asked),
        "gate" => {
            // Open until the test closes it.
            TcpStream::connect(text("gate"))?.read_to_end(&mut Vec::new())?;
            let pid = process::id();
            api.reply(id, json!({"pid": pid, "served": served, "id": id}).to_string().as_bytes())
        }
        "memory" => {
            let filled = vec![1_u8; count("mb") * 1_024 * 1_024];
            let sum: usize = filled.iter().step_by(4_096).map(|byte| usize::from(*byte)).sum();
            api.reply(id, json!({"pages": sum}).to_string().as_bytes())
        }
        "fill" => {
            let mut file = File::create(scratch().join("filler"))?;
            let block = vec![1; 1_024 * 1_024];
            (0..count("mb")).try_for_each(|_| file.write_all(&block))?;
            api.reply(id, b"null")
        }
        "fork" => {
            let pid = fork(text("program"))?;
            api.reply(id, json!({"pid": pid}).to_string().as_bytes())
        }
        "files" => {
            let open: Vec<_> = (0..count("count")).map_while(|_| File::open("/dev/null").ok()).collect();
            let opened = open.len();
            drop(open);
            api.reply(id, json!({"opened": opened}).to_string().as_bytes())
        }
        "threads" => {
            let start = |_| thread::Builder::new().stack_size(65_536).spawn(|| hang()).ok();
            let started = (0..count("count")).map_while(start).count();
            api.reply(id, json!({"started": started}).to_string().as_bytes())
        }
        _ => api.reply(id, facts(event, asked, served).to_string().as_bytes()),
    }
}

/// Leaves a process behind: one that sleeps, in this group or in a session of its own.
fn fork(program: &str) -> io::Result<u32> {
    #[expect(clippy::disallowed_methods, reason = "this program is there to do what functions might do")]
    let child = process::Command::new(program).args(["sleep", "1000"]).stdout(process::Stdio::null()).spawn()?;
    Ok(child.id())
}

fn stream(api: &mut Api, id: &str, asked: &Value) -> io::Result<()> {
    let mut parts = Vec::new();
    let mut content_type = "text/plain";
    if asked["head"].is_object() {
        content_type = "application/vnd.awslambda.http-integration-response";
        parts.push(asked["head"].to_string().into_bytes());
        parts.push(vec![0; 8]);
    }
    for part in asked["parts"].as_array().into_iter().flatten() {
        parts.push(part.as_str().unwrap_or("").as_bytes().to_vec());
    }
    let trailers = if asked["fails"] == true {
        // {"errorType":"Late","errorMessage":"too late"} in base64
        "Lambda-Runtime-Function-Error-Type: Late\r\n\
         Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJMYXRlIiwiZXJyb3JNZXNzYWdlIjoidG9vIGxhdGUifQ==\r\n"
    } else {
        ""
    };
    api.stream(id, content_type, &parts, trailers)
}

/// All that a function can see of itself.
fn facts(event: &Answer, asked: &Value, served: u32) -> Value {
    let variables: BTreeMap<String, String> = env::vars().collect();
    let folder = env::current_dir().map(|folder| folder.display().to_string()).unwrap_or_default();
    json!({
        "event": asked,
        "headers": event.headers,
        "variables": variables,
        "folder": folder,
        "pid": process::id(),
        "served": served,
        "uid": fs::metadata("/proc/self").map(|data| data.uid()).ok(),
        "in scratch": fs::read_dir(scratch()).into_iter().flatten().flatten().count(),
        "task is writable": File::create("made-by-the-function").is_ok(),
    })
}

fn scratch() -> std::path::PathBuf {
    env::temp_dir()
}

fn hang() -> ! {
    loop {
        thread::park();
    }
}
