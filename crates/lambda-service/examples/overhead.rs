//! What the service costs: a warm invocation through it beside a call to the same program without it, and a start.
//!
//! `cargo run --release -p lambda-service --bins --example overhead` builds the programs; both medians are printed.

use std::env;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Cursor, Read as _, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lambda_service::{Isolation, LambdaService, Options};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const WARM_CALLS: usize = 2_000;
const STARTS: usize = 50;
const EVENT: &str = r#"{"do":"say","say":1}"#;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let programs = programs()?;
    let bootstrap = programs.join("lambda-test-bootstrap");
    let folder = tempfile::tempdir()?;
    let (direct, direct_start) = measure_direct(&bootstrap)?;
    println!("direct:                 warm median {direct:?}, start to first answer {direct_start:?}");
    for (name, isolation) in [("as the same user", Isolation::SameUser), ("best isolation", Isolation::best())] {
        let mut options = Options::new(folder.path().join(name), programs.join("lambda-launcher"));
        options.isolation = isolation;
        let (warm, start) = measure_service(options, &bootstrap)?;
        let more = warm.saturating_sub(direct);
        println!("{name:<23} warm median {warm:?} ({more:?} more), start to first answer {start:?}");
    }
    Ok(())
}

/// The folder of built programs: this example lies one below.
fn programs() -> Result<PathBuf, Failure> {
    let own = env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).ok_or("no folder above the example")?;
    Ok(folder.to_owned())
}

/// The smallest Runtime API there can be: one thread, one connection.
fn measure_direct(bootstrap: &Path) -> Result<(Duration, Duration), Failure> {
    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut direct = Direct::start(bootstrap)?;
        direct.call()?;
        starts.push(begun.elapsed());
    }
    let mut direct = Direct::start(bootstrap)?;
    let mut calls = Vec::with_capacity(WARM_CALLS);
    for _ in 0..WARM_CALLS {
        let begun = Instant::now();
        direct.call()?;
        calls.push(begun.elapsed());
    }
    Ok((median(calls), median(starts)))
}

struct Direct {
    process: Child,
    stream: BufReader<TcpStream>,
}

impl Direct {
    #[expect(clippy::disallowed_methods, reason = "what is measured is a process")]
    fn start(bootstrap: &Path) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let process =
            Command::new(bootstrap).env_clear().env("AWS_LAMBDA_RUNTIME_API", address).stdout(Stdio::null()).spawn()?;
        let stream = listener.accept()?.0;
        stream.set_nodelay(true)?;
        let mut direct = Self { process, stream: BufReader::new(stream) };
        read_message(&mut direct.stream)?; // the first `next`
        Ok(direct)
    }

    /// An event, its answer, and the next `next`.
    fn call(&mut self) -> Result<(), Failure> {
        let length = EVENT.len();
        let head = format!("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\nContent-Length: {length}\r\n\r\n");
        self.stream.get_mut().write_all(format!("{head}{EVENT}").as_bytes())?;
        read_message(&mut self.stream)?;
        self.stream.get_mut().write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")?;
        read_message(&mut self.stream)?;
        Ok(())
    }
}

impl Drop for Direct {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads one HTTP message with its body.
fn read_message(stream: &mut BufReader<TcpStream>) -> Result<Vec<u8>, Failure> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err("the connection broke off".into());
        }
        let line = line.trim_end().to_ascii_lowercase();
        match line.strip_prefix("content-length: ") {
            Some(value) => length = value.parse()?,
            None if line.is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn measure_service(options: Options, bootstrap: &Path) -> Result<(Duration, Duration), Failure> {
    let data = options.data.clone();
    std::fs::create_dir_all(data.join("buckets/b"))?;
    std::fs::write(data.join("buckets/b/k.zip"), package(bootstrap)?)?;
    let options = Options { buckets: Some(data.join("buckets")), ..options };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let running = runtime.block_on(LambdaService::start(options))?;
    let address = running.address();
    let measured = runtime.block_on(runtime.spawn_blocking(move || measure_calls(address)))?;
    runtime.block_on(running.stop());
    measured
}

fn measure_calls(address: SocketAddr) -> Result<(Duration, Duration), Failure> {
    let mut stream = BufReader::new(TcpStream::connect(address)?);
    stream.get_ref().set_nodelay(true)?;
    let mut starts = Vec::with_capacity(STARTS);
    for number in 0..STARTS {
        let form = format!(
            r#"{{"FunctionName":"f{number}","Runtime":"provided.al2023","Handler":"h",
            "Role":"arn:aws:iam::123456789012:role/r","Code":{{"S3Bucket":"b","S3Key":"k.zip"}}}}"#
        );
        post(&mut stream, "/2015-03-31/functions", &form)?;
        let begun = Instant::now();
        post(&mut stream, &format!("/2015-03-31/functions/f{number}/invocations"), EVENT)?;
        starts.push(begun.elapsed());
    }
    let mut calls = Vec::with_capacity(WARM_CALLS);
    for _ in 0..WARM_CALLS {
        let begun = Instant::now();
        let answer = post(&mut stream, "/2015-03-31/functions/f0/invocations", EVENT)?;
        calls.push(begun.elapsed());
        if answer != b"1" {
            return Err(String::from_utf8_lossy(&answer).into());
        }
    }
    Ok((median(calls), median(starts)))
}

fn post(stream: &mut BufReader<TcpStream>, path: &str, body: &str) -> Result<Vec<u8>, Failure> {
    let length = body.len();
    let message = format!("POST {path} HTTP/1.1\r\nHost: lambda\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.get_mut().write_all(message.as_bytes())?;
    read_message(stream)
}

fn package(bootstrap: &Path) -> Result<Vec<u8>, Failure> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755))?;
    writer.write_all(&std::fs::read(bootstrap)?)?;
    Ok(writer.finish()?.into_inner())
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}
