//! What the app implements, called with a deadline and ended when its call is cancelled.

mod app_runtime;
mod device_key;
mod export_sink;
mod http_client;
mod import_stream;
mod observer;

pub use device_key::{DeviceKey, DeviceKeyError};
pub use export_sink::{ExportSink, ExportSinkError};
pub use http_client::{HttpClient, HttpHeader, HttpRequest, HttpResponse, HttpTransportError};
pub use import_stream::{ImportStream, ImportStreamError};
pub use observer::{Event, LockReason, Observer, ObserverError};

pub(crate) use device_key::AppDeviceKey;
pub(crate) use export_sink::AppExportSink;
pub(crate) use http_client::AppTransport;
pub(crate) use import_stream::AppImportStream;
