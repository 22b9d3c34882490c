//! What an operator sees of a pool, counted when somebody asks.

use prometheus::{
    IntGauge, Registry,
    core::{Collector, Desc},
    proto::MetricFamily,
};
use sqlx::PgPool;

struct Figures {
    pool: PgPool,
    open: IntGauge,
    idle: IntGauge,
    most: IntGauge,
}

/// Adds the figures of a service's pool to what it shows.
pub fn register(pool: &PgPool, registry: &Registry) -> Result<(), prometheus::Error> {
    registry.register(Box::new(Figures {
        pool: pool.clone(),
        open: IntGauge::new("database_connections", "Open connections to the database")?,
        idle: IntGauge::new("database_connections_idle", "Open connections that nobody uses")?,
        most: IntGauge::new("database_connections_max", "Connections the service may open")?,
    }))
}

impl Collector for Figures {
    fn desc(&self) -> Vec<&Desc> {
        [self.open.desc(), self.idle.desc(), self.most.desc()].concat()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let idle = i64::try_from(self.pool.num_idle()).unwrap_or(i64::MAX);
        self.open.set(self.pool.size().into());
        self.idle.set(idle);
        self.most.set(self.pool.options().get_max_connections().into());
        [self.open.collect(), self.idle.collect(), self.most.collect()].concat()
    }
}
