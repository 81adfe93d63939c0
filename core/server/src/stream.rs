//! The stream of one connection, with the patience that the server has with its client.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::Limits;
use crate::activity::Activity;
use crate::limits::size;
use crate::pace::Pace;

/// A connection that ends itself when its client dawdles: over a head, between requests, or by not reading
/// what it asked for. Bodies have a pace of their own.
pub(crate) struct Stream {
    inner: TcpStream,
    activity: Arc<Activity>,
    limits: Limits,
    waits: Pin<Box<Sleep>>,
    writes: Pin<Box<Sleep>>,
    /// How the answer to the request of this number moves.
    pace: Option<(u64, Pace)>,
    closing: Option<Closing>,
}

/// What is read and thrown away at the end: a connection that is closed over unread bytes takes with it the
/// answer that the client has not read yet (RFC 9112 §9.6).
struct Closing {
    until: Instant,
    left: usize,
    /// The client may still be sending its body, and is let send on before it sees our end.
    before_end: bool,
}

impl Stream {
    pub(crate) fn new(inner: TcpStream, activity: Arc<Activity>, limits: Limits) -> Self {
        // Answers are written whole; waiting for more to send would only delay them.
        let _ = inner.set_nodelay(true);
        let now = tokio::time::Instant::now();
        let timer = || Box::pin(tokio::time::sleep_until(now));
        Self { inner, activity, limits, waits: timer(), writes: timer(), pace: None, closing: None }
    }

    /// Ends a wait that took too long; re-arms the timer where it did not.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let now = Instant::now();
            let deadline = self.activity.wait(&self.limits, now);
            if deadline <= now {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.waits.as_mut().reset(deadline.into());
            ready!(self.waits.as_mut().poll(context));
        }
    }

    /// How the answer to this request moves, from its first byte on.
    fn pace_of(&mut self, request: u64, now: Instant) -> &mut Pace {
        if self.pace.as_ref().is_none_or(|(of, _)| *of != request) {
            self.pace = None;
        }
        &mut self.pace.get_or_insert((request, Pace::new(now))).1
    }

    fn wrote(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let now = Instant::now();
        match written {
            Poll::Ready(Ok(bytes)) => {
                let request = self.activity.wrote(now);
                self.pace_of(request, now).moved(bytes, now);
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let request = self.activity.block(now);
                let limits = self.limits;
                let deadline = self.pace_of(request, now).deadline(&limits);
                self.writes.as_mut().reset(deadline.into());
                ready!(self.writes.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.inner).poll_read(context, buffer) {
            Poll::Ready(result) => {
                if buffer.filled().len() > before {
                    self.activity.read(Instant::now());
                }
                Poll::Ready(result)
            }
            Poll::Pending => self.wait(context).map(Err),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.wrote(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.wrote(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closing.is_none() {
            let before_end = self.activity.is_unread();
            if !before_end {
                ready!(Pin::new(&mut self.inner).poll_shutdown(context))?;
            }
            let now = Instant::now();
            // From here on it is the client's turn.
            self.activity.end(now);
            self.activity.wait(&self.limits, now);
            let until = now + self.limits.linger();
            self.waits.as_mut().reset(until.into());
            self.closing = Some(Closing { until, left: size(self.limits.linger_bytes), before_end });
        }
        let this = &mut *self;
        if let Some(closing) = &mut this.closing {
            let mut discarded = [0; 16 * 1_024];
            loop {
                let mut buffer = ReadBuf::new(&mut discarded);
                match Pin::new(&mut this.inner).poll_read(context, &mut buffer) {
                    Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                        closing.left = closing.left.saturating_sub(buffer.filled().len());
                        if closing.left == 0 || Instant::now() >= closing.until {
                            break;
                        }
                    }
                    // The client has seen the end, or is gone.
                    Poll::Ready(_) => break,
                    Poll::Pending => {
                        ready!(this.waits.as_mut().poll(context));
                        break;
                    }
                }
            }
            if !closing.before_end {
                return Poll::Ready(Ok(()));
            }
        }
        Pin::new(&mut this.inner).poll_shutdown(context)
    }
}
