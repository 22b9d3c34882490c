//! All objects of one file, whatever their names.

use aws_sdk_s3::types::Object;
use protocol::FileId;

use super::{Bucket, Error, refused};

impl Bucket {
    /// Removes every object of a file; one that is gone already is no error.
    pub async fn purge(&self, file: FileId) -> Result<(), Error> {
        for object in self.objects(file).await? {
            let removal = self.client.delete_object().bucket(&self.name);
            removal.set_key(object.key).send().await.map_err(refused)?;
        }
        Ok(())
    }

    /// How many objects of a file there are.
    pub async fn count(&self, file: FileId) -> Result<usize, Error> {
        Ok(self.objects(file).await?.len())
    }

    /// A file has a handful: one page holds them.
    async fn objects(&self, file: FileId) -> Result<Vec<Object>, Error> {
        let listed = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(format!("{file}/"))
            .send()
            .await
            .map_err(refused)?;
        Ok(listed.contents.unwrap_or_default())
    }
}
