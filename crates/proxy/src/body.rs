//! Bodies that go out, to viewers and to origins.

use crate::fill::FillReader;
use crate::observe::Pending;
use crate::origin::OriginBody;
use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::sync::Notify;

/// Why a body ends in the middle. The connection is closed, so that nobody takes it for whole.
pub(crate) type BodyError = Box<dyn Error + Send + Sync>;

/// What viewers get.
pub struct EdgeBody {
    kind: Kind,
    pending: Option<Box<Pending>>,
}

enum Kind {
    /// In one piece, or nothing any more.
    Full(Option<Bytes>),
    /// On its way for all who asked.
    Shared(FillReader),
    /// A part of that: bytes to pass over, and bytes to take.
    Part { reader: FillReader, skip: u64, take: u64 },
    /// On its way for this viewer alone.
    Own(Box<OriginBody>),
}

impl EdgeBody {
    pub(crate) fn full(body: Bytes) -> Self {
        Self { kind: Kind::Full(Some(body).filter(|body| !body.is_empty())), pending: None }
    }

    pub(crate) fn empty() -> Self {
        Self { kind: Kind::Full(None), pending: None }
    }

    pub(crate) fn shared(reader: FillReader) -> Self {
        Self { kind: Kind::Shared(reader), pending: None }
    }

    pub(crate) fn part(reader: FillReader, part: edge::ByteRange) -> Self {
        Self { kind: Kind::Part { reader, skip: part.start, take: part.end - part.start }, pending: None }
    }

    pub(crate) fn own(body: OriginBody) -> Self {
        Self { kind: Kind::Own(Box::new(body)), pending: None }
    }

    /// How many bytes it has, where that is known and they are all here.
    pub(crate) fn bytes_here(&self) -> Option<u64> {
        match &self.kind {
            Kind::Full(body) => Some(body.as_ref().map_or(0, |body| body.len() as u64)),
            Kind::Shared(_) | Kind::Part { .. } | Kind::Own(_) => None,
        }
    }

    /// Has a record told when it is over.
    pub(crate) fn tell(mut self, pending: Pending) -> Self {
        self.pending = Some(Box::new(pending));
        self
    }

    fn poll_kind(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.kind {
            Kind::Full(body) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Kind::Shared(reader) => poll_reader(reader, context),
            Kind::Own(body) => Pin::new(&mut **body).poll_frame(context).map_err(BodyError::from),
            Kind::Part { reader, skip, take } => loop {
                if *take == 0 {
                    return Poll::Ready(None);
                }
                let Some(chunk) = ready!(reader.poll_chunk(context)) else {
                    return Poll::Ready(Some(Err(crate::fill::CutOff.into())));
                };
                let mut chunk = chunk?;
                let passed = usize::try_from(*skip).unwrap_or(usize::MAX).min(chunk.len());
                *skip -= passed as u64;
                chunk.advance(passed);
                chunk.truncate(usize::try_from(*take).unwrap_or(usize::MAX));
                *take -= chunk.len() as u64;
                if !chunk.is_empty() {
                    return Poll::Ready(Some(Ok(Frame::data(chunk))));
                }
            },
        }
    }
}

fn poll_reader(reader: &mut FillReader, context: &Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
    reader.poll_chunk(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data).map_err(BodyError::from)))
}

impl Body for EdgeBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(self.poll_kind(context));
        let is_over = self.is_end_stream();
        if let Some(pending) = &mut self.pending {
            match &frame {
                Some(Ok(frame)) => {
                    pending.record.body_bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                    pending.ended |= is_over;
                }
                Some(Err(_)) => {}
                None => pending.ended = true,
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Full(body) => body.is_none(),
            Kind::Shared(_) => false,
            Kind::Part { take, .. } => *take == 0,
            Kind::Own(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Full(body) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
            Kind::Shared(_) => SizeHint::default(),
            Kind::Part { take, .. } => SizeHint::with_exact(*take),
            Kind::Own(body) => body.size_hint(),
        }
    }
}

/// What origins get.
pub(crate) enum AskBody {
    /// Nothing, or what was read before.
    Full(Option<Bytes>),
    /// A viewer's, as it comes, up to a bound.
    Coming {
        /// The viewer's.
        body: Incoming,
        /// How much may come yet.
        left: u64,
        /// Is told of each part.
        progress: Arc<Notify>,
    },
}

/// The viewer sent more than the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request's body is longer than its bound")]
pub(crate) struct TooLong;

impl AskBody {
    pub(crate) fn empty() -> Self {
        Self::Full(None)
    }

    /// A viewer's, of at most so many bytes.
    pub(crate) fn coming(body: Incoming, bytes_max: u64) -> Self {
        Self::Coming { body, left: bytes_max, progress: Arc::new(Notify::new()) }
    }

    /// What is told of each part of a body that comes.
    pub(crate) fn progress(&self) -> Option<Arc<Notify>> {
        match self {
            Self::Full(_) => None,
            Self::Coming { progress, .. } => Some(progress.clone()),
        }
    }
}

impl Body for AskBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut *self {
            Self::Full(body) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Self::Coming { body, left, progress } => {
                let frame = ready!(Pin::new(body).poll_frame(context));
                progress.notify_one();
                let Some(frame) = frame.transpose()? else { return Poll::Ready(None) };
                let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                match left.checked_sub(bytes) {
                    Some(rest) => *left = rest,
                    None => return Poll::Ready(Some(Err(TooLong.into()))),
                }
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(body) => body.is_none(),
            Self::Coming { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(body) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
            Self::Coming { body, .. } => body.size_hint(),
        }
    }
}
