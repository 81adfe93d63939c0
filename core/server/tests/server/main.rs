//! A server among clients who mean it ill, and one who does not beside them.

mod dawdlers;
mod floods;
mod garbage;
mod operator;
mod world;
