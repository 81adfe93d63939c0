//! A world of real servers whose network fails in every way it can, under one clock that all parties share.

mod checks;
mod former;
mod histories;
mod history;
mod model;
mod network;
mod observer;
mod servers;
mod step;
