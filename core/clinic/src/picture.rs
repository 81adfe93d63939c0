//! The QR code in a picture: a photo, a screenshot, or what a program drew.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, Luma, Pixel, imageops};
use rxing::BarcodeFormat;

use crate::ShareError;

/// Finds the text of the QR code in a PNG or JPEG picture.
///
/// Standard readers want dark on light, a contrast of a tenth, and a quiet zone (ISO/IEC 18004 §6.3.8). What a phone
/// in dark mode shows or a screenshot cuts off has none of them, so it is looked at in those ways, too.
///
/// # Errors
/// [`ShareError::Picture`] or [`ShareError::NoCode`].
pub fn read_picture(picture: &[u8]) -> Result<String, ShareError> {
    if picture.len() > LONGEST_PICTURE {
        return Err(ShareError::Picture);
    }
    let mut reader = image::ImageReader::new(Cursor::new(picture))
        .with_guessed_format()
        .map_err(|_| ShareError::Picture)?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    reader.limits(limits);
    let picture = reader.decode().map_err(|_| ShareError::Picture)?;
    detect(&on_page(&picture, WHITE)).or_else(|| find_otherwise(&reduced(picture))).ok_or(ShareError::NoCode)
}

/// The code in a picture that standard readers find none in.
fn find_otherwise(picture: &DynamicImage) -> Option<String> {
    // What shows through is paper; a light code is drawn for a dark page.
    let pages: &[u8] = if picture.color().has_alpha() { &[WHITE, BLACK] } else { &[WHITE] };
    pages.iter().find_map(|page| {
        let dark_on_light = stretched(&on_page(picture, *page))?;
        let mut light_on_dark = dark_on_light.clone();
        imageops::invert(&mut light_on_dark);
        [dark_on_light, light_on_dark]
            .iter()
            .find_map(|shades| detect(shades).or_else(|| detect(&framed(shades)?)))
    })
}

fn detect(picture: &GrayImage) -> Option<String> {
    let (width, height) = picture.dimensions();
    rxing::helpers::detect_in_luma(picture.as_raw().clone(), width, height, Some(BarcodeFormat::QR_CODE))
        .map(|code| code.getText().to_owned())
        .ok()
}

/// The picture in shades of grey, where it is transparent on a page of this shade.
fn on_page(picture: &DynamicImage, page: u8) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.to_luma8();
    }
    let shades = picture.to_luma_alpha8();
    GrayImage::from_fn(shades.width(), shades.height(), |x, y| {
        let mut under = image::LumaA([page, 255]);
        under.blend(shades.get_pixel(x, y));
        under.to_luma()
    })
}

/// The picture with no side so long that looking again takes long.
fn reduced(picture: DynamicImage) -> DynamicImage {
    if picture.width().max(picture.height()) <= SIDE_OF_SECOND_LOOK {
        return picture;
    }
    picture.thumbnail(SIDE_OF_SECOND_LOOK, SIDE_OF_SECOND_LOOK)
}

/// The picture from black to white, but for the extreme thousandth; none where it has one shade.
fn stretched(picture: &GrayImage) -> Option<GrayImage> {
    let mut shades = picture.as_raw().clone();
    shades.sort_unstable();
    let few = shades.len() / 1000;
    let darkest = *shades.get(few)?;
    let lightest = *shades.iter().rev().nth(few)?;
    let range = u16::from(lightest.checked_sub(darkest)?);
    if range == 0 {
        return None;
    }
    let mut picture = picture.clone();
    for shade in picture.iter_mut() {
        let above = u16::from(shade.saturating_sub(darkest));
        *shade = u8::try_from(above * 255 / range).unwrap_or(255);
    }
    Some(picture)
}

/// What lies between the outermost light points, in a quiet zone: each side of a code has light modules.
fn framed(picture: &GrayImage) -> Option<GrayImage> {
    let (mut left, mut top, mut right, mut bottom) = (u32::MAX, u32::MAX, 0, 0);
    for (x, y, Luma([shade])) in picture.enumerate_pixels() {
        if *shade >= 128 {
            (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x), bottom.max(y));
        }
    }
    let (width, height) = (right.checked_sub(left)? + 1, bottom.checked_sub(top)? + 1);
    // Four modules of the smallest code, which has 21.
    let quiet = width.max(height).div_ceil(5);
    let mut framed = GrayImage::from_pixel(width + 2 * quiet, height + 2 * quiet, Luma([255]));
    let code = imageops::crop_imm(picture, left, top, width, height);
    imageops::replace(&mut framed, &*code, quiet.into(), quiet.into());
    Some(framed)
}

/// The largest picture file, in bytes.
const LONGEST_PICTURE: usize = 10 * 1024 * 1024;

/// A picture with a longer side is no photo of a code.
const LONGEST_SIDE: u32 = 10_000;

const WHITE: u8 = 255;
const BLACK: u8 = 0;

/// Pixels of the longer side where a picture is looked at again.
const SIDE_OF_SECOND_LOOK: u32 = 1600;

#[cfg(test)]
mod tests {
    use image::{ImageFormat, LumaA};
    use qrcode::{Color, QrCode};

    use super::*;

    const TEXT: &str = "shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUub3JnL2wvNDMiLCJmbGFnIjoiVSJ9";

    /// A code with modules of this many pixels, in these shades, with so many modules of margin.
    fn drawn(module: u32, dark: u8, light: u8, margin: u32, around: u8) -> GrayImage {
        let code = QrCode::new(TEXT).unwrap();
        let modules = u32::try_from(code.width()).unwrap();
        let colors = code.to_colors();
        let side = (modules + 2 * margin) * module;
        GrayImage::from_fn(side, side, |x, y| {
            let at = |pixel: u32| (pixel / module).checked_sub(margin).filter(|at| *at < modules);
            let color = at(x).zip(at(y)).map(|(x, y)| colors[(y * modules + x) as usize]);
            Luma([match color {
                Some(Color::Dark) => dark,
                Some(Color::Light) => light,
                None => around,
            }])
        })
    }

    fn read(picture: impl Into<DynamicImage>) -> Result<String, ShareError> {
        let mut png = Cursor::new(Vec::new());
        picture.into().write_to(&mut png, ImageFormat::Png).unwrap();
        read_picture(png.get_ref())
    }

    #[test]
    fn reads_a_code_as_phones_and_screenshots_show_it() {
        let turned = imageops::rotate90(&drawn(8, 0, 255, 4, 255));
        let mut on_a_large_page = GrayImage::from_pixel(3000, 2000, Luma([255]));
        imageops::replace(&mut on_a_large_page, &drawn(12, 0, 255, 4, 255), 1400, 900);
        for (name, picture) in [
            ("plain", drawn(8, 0, 255, 4, 255)),
            ("three pixels a module", drawn(3, 0, 255, 4, 255)),
            ("light on dark", drawn(8, 255, 0, 4, 0)),
            ("low contrast", drawn(8, 118, 138, 4, 138)),
            ("low contrast, light on dark", drawn(8, 138, 118, 4, 118)),
            ("no quiet zone on black", drawn(8, 0, 255, 10, 0)),
            ("no quiet zone on white, light on dark", drawn(8, 255, 0, 10, 255)),
            ("no quiet zone on black, low contrast", drawn(8, 20, 40, 10, 20)),
            ("nothing around it", drawn(8, 0, 255, 0, 255)),
            ("turned", turned),
            ("on a large page", on_a_large_page),
        ] {
            assert_eq!(read(picture), Ok(TEXT.to_owned()), "{name}");
        }
    }

    #[test]
    fn reads_a_code_on_nothing() {
        for (shade, name) in [(0, "dark"), (255, "light")] {
            let opaque = drawn(8, 0, 255, 4, 255);
            let picture = image::GrayAlphaImage::from_fn(opaque.width(), opaque.height(), |x, y| {
                LumaA([shade, 255 - opaque.get_pixel(x, y).0[0]])
            });
            assert_eq!(read(DynamicImage::ImageLumaA8(picture)), Ok(TEXT.to_owned()), "{name}");
        }
    }

    #[test]
    fn finds_nothing_where_there_is_nothing() {
        let mut cut = drawn(8, 0, 255, 4, 255);
        imageops::replace(&mut cut, &GrayImage::from_pixel(160, 400, Luma([255])), 0, 0);
        let striped = GrayImage::from_fn(200, 200, |x, y| Luma([if (x * y) % 7 < 3 { 0 } else { 255 }]));
        for picture in [
            GrayImage::new(1, 1),
            GrayImage::new(300, 300),
            GrayImage::from_pixel(9, 1, Luma([255])),
            cut,
            striped,
        ] {
            assert_eq!(read(picture), Err(ShareError::NoCode));
        }
        assert_eq!(read_picture(b"no picture"), Err(ShareError::Picture));
        assert_eq!(read_picture(&vec![0; LONGEST_PICTURE + 1]), Err(ShareError::Picture));
    }

    #[test]
    fn reads_the_sample_pictures() {
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
        let data = std::env::var_os("KEEPWELL_DATA").unwrap_or_else(|| default.into());
        let folder = std::path::Path::new(&data).join("cases/21-qr-pictures");
        let Ok(pictures) = std::fs::read_dir(&folder) else {
            assert!(std::env::var_os("CI").is_none(), "no sample pictures: set KEEPWELL_DATA");
            return println!("skipped: no sample pictures, see KEEPWELL_DATA");
        };
        let read = |path| read_picture(&std::fs::read(path).unwrap());
        let texts: Vec<_> = pictures.map(|file| read(file.unwrap().path())).collect();
        assert!(texts.len() >= 4 && texts.iter().all(|text| *text == texts[0] && text.is_ok()), "{texts:?}");
    }
}
