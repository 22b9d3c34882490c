//! The promises of trainer-roster, shown on real PostgreSQL, a real nats-server and the real process.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod blocks;
#[cfg(test)]
mod bookings;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod contacts;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod house;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod parked;
#[cfg(test)]
mod people;
#[cfg(test)]
mod process;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod search;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod trainers;
#[cfg(test)]
mod users;
