//! QR codes: drawn on the terminal, written as PNG or SVG.

use std::io::Cursor;
use std::path::Path;

use qrcode::render::{svg, unicode};
use qrcode::{EcLevel, QrCode};

use crate::failure::{CommandError, Failure};
use crate::private_file::PrivateFile;

/// What a person gave as a code: its text, or a file with the text or with a PNG or JPEG picture of it. A file is one
/// with the text if `mark` is in it.
///
/// # Errors
/// That the file can't be read, or no code is found in the picture.
pub(crate) fn scanned(argument: &str, mark: &str) -> Result<String, Failure> {
    if !Path::new(argument).is_file() {
        return Ok(argument.to_owned());
    }
    let content = std::fs::read(argument).map_err(|error| CommandError::unreadable(argument, &error))?;
    match std::str::from_utf8(&content) {
        Ok(text) if text.contains(mark) => Ok(text.trim().to_owned()),
        _ => Ok(keepwell_clinic::read_picture(&content)?),
    }
}

/// Light modules around the code (ISO/IEC 18004 §9.1 asks for four).
const QUIET_ZONE: usize = 4;
/// Pixels for each module of a PNG: sharp in print, far above what readers need.
const MODULE_PIXELS: usize = 8;

/// A QR code at error correction level M, which SMART Health Links ask for.
pub(crate) struct Qr(QrCode);

impl Qr {
    /// Makes the code.
    ///
    /// # Errors
    /// [`CommandError::QrTooLong`] if the text does not fit in the largest code.
    pub(crate) fn of(text: &str) -> Result<Self, Failure> {
        QrCode::with_error_correction_level(text, EcLevel::M)
            .map(Self)
            .map_err(|_| CommandError::QrTooLong.into())
    }

    /// Makes the code of a health card, at level L: there the longest card is of version 22, which is read at 4 cm.
    ///
    /// # Errors
    /// [`CommandError::QrTooLong`].
    pub(crate) fn of_health_card(text: &str) -> Result<Self, Failure> {
        QrCode::with_error_correction_level(text, EcLevel::L)
            .map(Self)
            .map_err(|_| CommandError::QrTooLong.into())
    }

    /// The code as text, two modules to a character, dark on light whatever the terminal's colours.
    pub(crate) fn to_terminal(&self) -> String {
        let code = self.0.render::<unicode::Dense1x2>().build();
        code.lines().map(|line| format!("\x1b[30;107m{line}\x1b[0m\n")).collect()
    }

    /// The code as an `svg` element of a page.
    pub(crate) fn to_svg_element(&self) -> String {
        let drawn = self.0.render::<svg::Color<'_>>().build();
        // An XML declaration has no place within a page.
        drawn.find("<svg").and_then(|at| drawn.get(at..)).unwrap_or_default().to_owned()
    }

    fn to_png(&self) -> Result<Vec<u8>, Failure> {
        let (width, colors) = (self.0.width(), self.0.to_colors());
        let side = (width + 2 * QUIET_ZONE) * MODULE_PIXELS;
        let is_dark = |x: usize, y: usize| {
            let module =
                |pixel: usize| (pixel / MODULE_PIXELS).checked_sub(QUIET_ZONE).filter(|at| *at < width);
            let color = module(x).zip(module(y)).and_then(|(x, y)| colors.get(y * width + x));
            color.is_some_and(|color| *color == qrcode::Color::Dark)
        };
        let pixels: Vec<u8> =
            (0..side * side).map(|at| if is_dark(at % side, at / side) { 0 } else { 255 }).collect();
        let mut png = Cursor::new(Vec::new());
        u32::try_from(side)
            .ok()
            .and_then(|side| image::GrayImage::from_raw(side, side, pixels))
            .and_then(|picture| picture.write_to(&mut png, image::ImageFormat::Png).ok())
            .ok_or(CommandError::QrTooLong)?;
        Ok(png.into_inner())
    }
}

/// Which kind of picture.
#[derive(Clone, Copy, Debug)]
enum Format {
    Png,
    Svg,
}

/// The file of a picture, begun before there is anything to draw; its owner alone may read it.
#[derive(Debug)]
pub(crate) struct Picture {
    file: PrivateFile,
    format: Format,
}

impl Picture {
    /// Begins the file; its extension says which kind.
    ///
    /// # Errors
    /// [`CommandError::PictureFormat`] for any extension but `png` and `svg`,
    /// [`CommandError::FileUnwritable`].
    pub(crate) fn begin(path: &Path) -> Result<Self, Failure> {
        let format = match path.extension().and_then(|extension| extension.to_str()) {
            Some("png") => Format::Png,
            Some("svg") => Format::Svg,
            _ => return Err(CommandError::PictureFormat.into()),
        };
        Ok(Self { file: PrivateFile::begin(path)?, format })
    }

    /// Draws the code.
    ///
    /// # Errors
    /// [`CommandError::FileUnwritable`].
    pub(crate) fn draw(&self, code: &Qr) -> Result<(), Failure> {
        let bytes = match self.format {
            Format::Svg => code.0.render::<svg::Color<'_>>().min_dimensions(400, 400).build().into_bytes(),
            Format::Png => code.to_png()?,
        };
        self.file.write(|file| file.write_all(&bytes))
    }

    /// Gives the file its name, in place of an older one.
    ///
    /// # Errors
    /// [`CommandError::FileUnwritable`].
    pub(crate) fn put_in_place(self) -> Result<(), Failure> {
        self.file.put_in_place()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const LINK: &str = "shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUub3JnL2wvNDMiLCJmbGFnIjoiVSJ9";

    #[test]
    fn a_picture_reads_back_as_the_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("link.png");
        let picture = Picture::begin(&path).unwrap();
        picture.draw(&Qr::of(LINK).unwrap()).unwrap();
        picture.put_in_place().unwrap();
        assert_eq!(keepwell_clinic::read_picture(&fs::read(&path).unwrap()).unwrap(), LINK);
    }

    #[test]
    fn a_kind_of_picture_that_is_not_written_is_refused_before_anything_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("link.gif");
        assert_eq!(Picture::begin(&path).unwrap_err(), CommandError::PictureFormat.into());
        assert!(!path.exists());
        assert!(Qr::of(&"x".repeat(3000)).is_err());
    }

    /// Looks at the terminal as a camera would: each character is two pixels, black where it is drawn.
    #[test]
    fn what_the_terminal_shows_reads_back_as_the_link() {
        let text = Qr::of(LINK).unwrap().to_terminal();
        let lines = text.lines().map(|line| {
            line.strip_prefix("\x1b[30;107m").and_then(|line| line.strip_suffix("\x1b[0m")).unwrap()
        });
        let rows: Vec<Vec<char>> = lines.map(|line| line.chars().collect()).collect();
        let (width, height, scale) = (rows[0].len(), rows.len() * 2, 4);
        let pixel = |x: usize, y: usize| match (rows[y / 2][x], y % 2) {
            ('\u{2588}', _) | ('\u{2580}', 0) | ('\u{2584}', 1) => 0_u8,
            _ => 255,
        };
        let luma = (0..height * scale).flat_map(|y| (0..width * scale).map(move |x| (x / scale, y / scale)));
        let luma = luma.map(|(x, y)| pixel(x, y)).collect();
        let side = |modules: usize| u32::try_from(modules * scale).unwrap();
        let code = rxing::helpers::detect_in_luma(luma, side(width), side(height), None).unwrap();
        assert_eq!(code.getText(), LINK);
    }
}
