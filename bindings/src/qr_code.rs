//! QR codes, as what is dark and what is not: the app draws them.

use qrcode::{Color, EcLevel, QrCode as Code};

use crate::error::{Result, WalletError};
use crate::reasons::ArgumentReason;

/// A QR code without its quiet zone, which is four modules wide (ISO/IEC 18004 §9.1).
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct QrCode {
    /// How many modules a side has.
    pub size: u32,
    /// Row by row from the top left: 1 is dark.
    pub modules: Vec<u8>,
}

/// Makes the code of a text at error correction level M, which SMART Health Links ask for.
///
/// Throws `InvalidArgument` (`QrTooLong`) if it does not fit in the largest code.
#[uniffi::export]
pub fn qr_code(text: String) -> Result<QrCode> {
    let too_long = || WalletError::invalid(ArgumentReason::QrTooLong);
    let code = Code::with_error_correction_level(text, EcLevel::M).map_err(|_| too_long())?;
    let size = u32::try_from(code.width()).map_err(|_| too_long())?;
    let modules = code.into_colors().into_iter().map(|color| u8::from(color == Color::Dark)).collect();
    Ok(QrCode { size, modules })
}
