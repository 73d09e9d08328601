//! The orders in which lists can be asked for.

open_enum! {
    /// What `list_models` sorts by, in descending order.
    pub enum ModelSort {
        /// When the repository was created.
        CreatedAt = "created_at",
        /// Downloads in the last 30 days.
        Downloads = "downloads",
        /// When the last commit was made.
        LastModified = "last_modified",
        /// Number of likes.
        Likes = "likes",
        /// How much attention the repository gets these days.
        TrendingScore = "trending_score",
    }
}

open_enum! {
    /// What `list_datasets` sorts by, in descending order.
    pub enum DatasetSort {
        /// When the repository was created.
        CreatedAt = "created_at",
        /// Downloads in the last 30 days.
        Downloads = "downloads",
        /// When the last commit was made.
        LastModified = "last_modified",
        /// Number of likes.
        Likes = "likes",
        /// How much attention the repository gets these days.
        TrendingScore = "trending_score",
    }
}

open_enum! {
    /// What `list_spaces` sorts by, in descending order.
    pub enum SpaceSort {
        /// When the Space was created.
        CreatedAt = "created_at",
        /// When the last commit was made.
        LastModified = "last_modified",
        /// Number of likes.
        Likes = "likes",
        /// How much attention the Space gets these days.
        TrendingScore = "trending_score",
    }
}

open_enum! {
    /// What `list_collections` sorts by, in descending order.
    pub enum CollectionSort {
        /// When the collection last changed.
        LastModified = "lastModified",
        /// How much attention the collection gets these days.
        Trending = "trending",
        /// Number of upvotes.
        Upvotes = "upvotes",
    }
}

open_enum! {
    /// What `list_daily_papers` sorts by.
    pub enum DailyPapersSort {
        /// When the paper was published.
        PublishedAt = "publishedAt",
        /// How much attention the paper gets these days.
        Trending = "trending",
    }
}
