//! The clinic, its desk and its page.

mod access_log;
mod desk;
mod desk_camera;
mod desk_client;
mod desk_list;
mod desk_live;
mod desk_page;
mod home;
mod inbox;
mod inbox_flood;
mod pictures;
mod reading;
mod trust;
mod world;
