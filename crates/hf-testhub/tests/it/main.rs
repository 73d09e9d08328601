//! The embedded Hub, asked over raw sockets.

mod access;
mod command;
mod commits;
mod community;
mod faults;
mod faults_in_bodies;
mod files;
mod habits;
mod history;
mod hostile;
mod lfs;
mod life;
mod listings;
mod mimic;
mod repos;
mod routes;
mod services;
mod support;
mod xet;
