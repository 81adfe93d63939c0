//! Bodies of requests: at a pace, up to a length, within a memory.

use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::BoxError;
use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Sleep;

use crate::Limits;
use crate::activity::Activity;
use crate::memory::{Memory, Reserved};
use crate::pace::Pace;

/// Why a body did not come.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BodyRefused {
    /// It is longer than this request may have.
    #[error("the body is too long")]
    TooLong,
    /// Its client sends it too slowly.
    #[error("the body comes too slowly")]
    TooSlow,
    /// The connection broke off, or what came is no body.
    #[error("the body is not whole")]
    Incomplete,
    /// Bodies take as much memory as they may.
    #[error("there is no memory for the body now")]
    NoMemory,
}

/// A whole body, with its share of the memory.
#[derive(Debug)]
pub struct Collected {
    /// The whole body, within the length that was allowed.
    pub bytes: Vec<u8>,
    /// Held, not read: given back when the request is over.
    reserved: Option<Reserved>,
}

/// The memory that a body may take, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct BodyMemory<'a> {
    /// A body of at most so many bytes needs no share of the memory.
    pub small: u64,
    /// What longer ones share.
    pub memory: &'a Arc<Memory>,
    /// Who sends it.
    pub client: IpAddr,
}

/// Reads a body of at most `longest` bytes, without a `share` whatever memory it takes.
///
/// # Errors
/// [`BodyRefused`], before anything is read where its announced length is too long.
pub async fn collect(
    mut body: Body,
    longest: u64,
    share: Option<BodyMemory<'_>>,
) -> Result<Collected, BodyRefused> {
    if body.size_hint().lower() > longest {
        return Err(BodyRefused::TooLong);
    }
    let mut collected = Collected { bytes: Vec::new(), reserved: None };
    let mut length = 0_u64;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let data = frame.map_err(refused)?.into_data().unwrap_or_default();
        length = length.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        if length > longest {
            return Err(BodyRefused::TooLong);
        }
        if let Some(BodyMemory { memory, client, .. }) = share.filter(|share| length > share.small) {
            let reserved = collected.reserved.get_or_insert_with(|| Reserved::new(memory, client));
            reserved.grow_to(length).map_err(|_| BodyRefused::NoMemory)?;
        }
        collected.bytes.extend_from_slice(&data);
    }
    Ok(collected)
}

/// What the failure of a body comes from.
fn refused(error: axum::Error) -> BodyRefused {
    let error = error.into_inner();
    match error.downcast_ref::<BodyRefused>() {
        Some(refused) => *refused,
        None => BodyRefused::Incomplete,
    }
}

/// A body that ends with [`BodyRefused::TooSlow`] when its client dawdles.
pub(crate) struct Paced<B> {
    inner: B,
    activity: Arc<Activity>,
    limits: Limits,
    pace: Option<Pace>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<B> Paced<B> {
    pub(crate) fn new(inner: B, activity: Arc<Activity>, limits: Limits) -> Self {
        Self { inner, activity, limits, pace: None, timer: None }
    }
}

impl<B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Unpin> HttpBody for Paced<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let now = Instant::now();
        let pace = this.pace.get_or_insert_with(|| Pace::new(now));
        match Pin::new(&mut this.inner).poll_frame(context) {
            Poll::Ready(frame) => {
                if let Some(Ok(frame)) = &frame {
                    pace.moved(frame.data_ref().map_or(0, Bytes::len), now);
                }
                this.activity.unblock();
                if frame.is_none() || this.inner.is_end_stream() {
                    this.activity.read_whole();
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                this.activity.block(now);
                let deadline = pace.deadline(&this.limits).into();
                let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
                timer.as_mut().reset(deadline);
                ready!(timer.as_mut().poll(context));
                Poll::Ready(Some(Err(BodyRefused::TooSlow.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOMEBODY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn long_bodies_share_the_memory_and_small_ones_need_none() {
        let memory = Memory::new(100_000, 1);
        let read = async |length: usize| {
            let share = BodyMemory { small: 1_000, memory: &memory, client: SOMEBODY };
            collect(Body::from(vec![7; length]), 90_000, Some(share)).await
        };
        let first = read(80_000).await.unwrap();
        assert_eq!(first.bytes.len(), 80_000);
        assert_eq!(read(80_000).await.unwrap_err(), BodyRefused::NoMemory);
        assert_eq!(read(1_000).await.unwrap().bytes.len(), 1_000);
        assert_eq!(read(90_001).await.unwrap_err(), BodyRefused::TooLong);
        drop(first);
        assert_eq!(read(90_000).await.unwrap().bytes.len(), 90_000);
    }
}
