package org.keepwell

/*
 * What the library's identifiers are: text, as types of their own, so that none is taken for another. Any text makes one, for what
 * an app keeps of them (saved state, notifications, links) is text; the call that gets one which is none throws
 * [WalletException.InvalidArgument]. Two are equal if they are written the same. `toString()` is the text.
 */

/** A grant: 64 lowercase hexadecimal digits. */
@JvmInline
value class GrantId(val text: String) {
    override fun toString() = text
}

/** A provider: 64 lowercase hexadecimal digits. */
@JvmInline
value class ProviderId(val text: String) {
    override fun toString() = text
}

/** A record over all its versions: 64 lowercase hexadecimal digits. */
@JvmInline
value class RecordId(val text: String) {
    override fun toString() = text
}

/** What one import brought: 32 lowercase hexadecimal digits. */
@JvmInline
value class DeliveryId(val text: String) {
    override fun toString() = text
}

/** An item in quarantine: 64 lowercase hexadecimal digits. */
@JvmInline
value class QuarantineId(val text: String) {
    override fun toString() = text
}

/** A share: 32 lowercase hexadecimal digits. */
@JvmInline
value class LinkId(val text: String) {
    override fun toString() = text
}

/** What a clinic asks for: 32 lowercase hexadecimal digits. */
@JvmInline
value class RequestId(val text: String) {
    override fun toString() = text
}

/** A clinic's server that records come from: 32 lowercase hexadecimal digits. */
@JvmInline
value class SourceId(val text: String) {
    override fun toString() = text
}

/** Where a page of records ended: opaque, good for queries in the same order. */
@JvmInline
value class Cursor(val text: String) {
    override fun toString() = text
}

/**
 * A trust anchor as people compare it: 20 hexadecimal digits, in groups of four where the library writes it;
 * any grouping and case is read.
 */
@JvmInline
value class AnchorFingerprint(val text: String) {
    override fun toString() = text
}
