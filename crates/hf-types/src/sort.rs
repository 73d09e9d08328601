//! The sort keys of lists.

open_enum! {
    /// The sort key of `list_models`, in descending order.
    pub enum ModelSort {
        /// The time of creation.
        CreatedAt = "created_at",
        /// Downloads in the last 30 days.
        Downloads = "downloads",
        /// The time of the last commit.
        LastModified = "last_modified",
        /// Number of likes.
        Likes = "likes",
        /// The trending score: recent attention.
        TrendingScore = "trending_score",
    }
}

open_enum! {
    /// The sort key of `list_datasets`, in descending order.
    pub enum DatasetSort {
        /// The time of creation.
        CreatedAt = "created_at",
        /// Downloads in the last 30 days.
        Downloads = "downloads",
        /// The time of the last commit.
        LastModified = "last_modified",
        /// Number of likes.
        Likes = "likes",
        /// The trending score: recent attention.
        TrendingScore = "trending_score",
    }
}

open_enum! {
    /// The sort key of `list_spaces`, in descending order.
    pub enum SpaceSort {
        /// The time of creation.
        CreatedAt = "created_at",
        /// The time of the last commit.
        LastModified = "last_modified",
        /// Number of likes.
        Likes = "likes",
        /// The trending score: recent attention.
        TrendingScore = "trending_score",
    }
}

open_enum! {
    /// The sort key of `list_collections`, in descending order.
    pub enum CollectionSort {
        /// The time of the last change.
        LastModified = "lastModified",
        /// The trending score: recent attention.
        Trending = "trending",
        /// Number of upvotes.
        Upvotes = "upvotes",
    }
}

open_enum! {
    /// The sort key of `list_daily_papers`.
    pub enum DailyPapersSort {
        /// The time of publication.
        PublishedAt = "publishedAt",
        /// The trending score: recent attention.
        Trending = "trending",
    }
}
