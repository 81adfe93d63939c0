package org.keepwell.app

import android.os.Bundle
import android.os.Parcel

/** What Android writes of a saved state. */
fun marshalled(bundle: Bundle): ByteArray {
    val parcel = Parcel.obtain()
    try {
        parcel.writeBundle(bundle)
        return parcel.marshall()
    } finally {
        parcel.recycle()
    }
}

/** Whether a text is in it, in whatever encoding. */
fun ByteArray.has(text: String): Boolean {
    val all = String(this, Charsets.ISO_8859_1)
    return listOf(Charsets.UTF_8, Charsets.UTF_16LE, Charsets.UTF_16BE).any { String(text.toByteArray(it), Charsets.ISO_8859_1) in all }
}
