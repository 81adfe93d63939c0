package org.keepwell.wallet.model

/** A file out of a record, whole. */
class RecordAttachment(val contentType: String?, val title: String?, val bytes: ByteArray) {
    override fun toString() = "RecordAttachment(size=${bytes.size})"
}

/** How a file can be shown here. */
enum class AttachmentKind {
    /** A PDF, page by page. */
    PAGES,
    PICTURE,
    TEXT,

    /** It can be saved, for another app. */
    OTHER,
    ;

    companion object {
        /** What a media type, as it is written, tells of that. */
        fun of(contentType: String?): AttachmentKind {
            val type = contentType?.substringBefore(';')?.trim()?.lowercase() ?: return OTHER
            return when (type) {
                "application/pdf", "application/x-pdf" -> PAGES
                in PICTURES -> PICTURE
                in TEXTS -> TEXT
                else -> OTHER
            }
        }

        /** What the framework decodes on every version that the app runs on. */
        private val PICTURES = setOf("image/jpeg", "image/jpg", "image/png", "image/gif", "image/webp", "image/bmp", "image/heic", "image/heif")
        private val TEXTS = setOf("text/plain", "text/csv", "text/markdown", "application/json", "application/fhir+json", "text/xml", "application/xml")
    }
}
