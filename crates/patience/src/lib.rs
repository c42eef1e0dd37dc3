//! A connection whose other end must take what is sent to it within a time, whatever server it belongs to.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// A connection that is given up where nothing of what waits can be sent for so long: who reads nothing shall not hold
/// memory, a file or an origin for ever. A connection that moves needs no timer.
#[derive(Debug)]
pub struct Patience<S> {
    stream: S,
    wait_max: Duration,
    stuck: Option<Pin<Box<Sleep>>>,
}

impl<S> Patience<S> {
    /// A connection that may stand still for so long.
    pub fn new(stream: S, wait_max: Duration) -> Self {
        Self { stream, wait_max, stuck: None }
    }

    fn judge<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stuck = None;
            return written;
        }
        let wait_max = self.wait_max;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(tokio::time::sleep(wait_max)));
        stuck.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patience<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patience<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.judge(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judge(shut, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_given_up() {
        let (ours, theirs) = tokio::io::duplex(16);
        let mut stream = Patience::new(ours, Duration::from_millis(1));
        let error = stream.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(theirs);
    }

    #[tokio::test]
    async fn a_reader_that_takes_its_time_gets_everything() {
        let (ours, mut theirs) = tokio::io::duplex(1);
        let mut stream = Patience::new(ours, Duration::from_secs(60));
        let writing = async {
            stream.write_all(&[7; 64]).await.unwrap();
            stream.shutdown().await.unwrap();
        };
        let mut taken = Vec::new();
        let (_, read) = tokio::join!(writing, theirs.read_to_end(&mut taken));
        assert_eq!((read.unwrap(), taken), (64, vec![7; 64]));
    }
}
