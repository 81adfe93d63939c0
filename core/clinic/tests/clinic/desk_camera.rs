//! Scanning a link with the camera at the desk, in a real browser whose camera is a film made here. Run by `./dev test web`.

use std::path::Path;
use std::process::Command;

use image::{GrayImage, Luma, imageops};

use crate::desk_client::{Desk, code_of};
use crate::world::{Patient, World};

#[test]
#[ignore = "needs a browser: ./dev test web"]
fn a_browser_scans_a_link_with_its_camera_or_says_why_it_can_t() {
    let modules = std::env::var("KEEPWELL_WEB_MODULES").unwrap();
    let world = World::start();
    drop(world.clinic());
    let mut ada = Patient::new(&world, 1);
    let patient = br#"{"resourceType":"Patient","name":[{"text":"Ada Lovelace"}],"birthDate":"1990-12-10"}"#;
    let link = ada.share("application/fhir+json", patient, "From a camera").to_uri();
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("film.y4m");
    let blank = GrayImage::from_pixel(WIDTH, HEIGHT, Luma([90]));
    let scenes = [blank.clone(), held_up(&blank, "https://example.org/no-link"), held_up(&blank, &link)];
    std::fs::write(&film, film_of(&scenes)).unwrap();
    let desk = Desk::start(&world);
    let status = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clinic/desk_camera.mjs"))
        .env("KEEPWELL_WEB_MODULES", modules)
        .args([&desk.url, &desk.code, film.to_str().unwrap(), &link])
        .arg(std::env::var("KEEPWELL_WEB_PICTURES").unwrap_or_default())
        .status()
        .unwrap();
    assert!(status.success());
}

/// A code in the middle of what a camera sees.
fn held_up(background: &GrayImage, text: &str) -> GrayImage {
    let code = code_of(text);
    let mut scene = background.clone();
    let (x, y) = ((WIDTH - code.width()) / 2, (HEIGHT - code.height()) / 2);
    imageops::replace(&mut scene, &code, x.into(), y.into());
    scene
}

/// A film of four seconds of each scene, as YUV4MPEG2 with half the resolution in colour, which is none.
fn film_of(scenes: &[GrayImage]) -> Vec<u8> {
    let mut film = format!("YUV4MPEG2 W{WIDTH} H{HEIGHT} F5:1 Ip A1:1 C420jpeg\n").into_bytes();
    for frame in scenes.iter().flat_map(|scene| std::iter::repeat_n(scene, 20)) {
        film.extend_from_slice(b"FRAME\n");
        film.extend_from_slice(frame.as_raw());
        film.resize(film.len() + frame.as_raw().len() / 2, 128);
    }
    film
}

const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
