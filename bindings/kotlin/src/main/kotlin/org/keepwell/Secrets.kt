package org.keepwell

/** Overwrites the bytes, once they were used; they cannot be read any more. */
fun ByteArray.overwrite() = fill(0)

/** Lends the bytes to [block] and overwrites them however it ends. */
inline fun <T> ByteArray.use(block: (ByteArray) -> T): T =
    try {
        block(this)
    } finally {
        overwrite()
    }
