package org.keepwell.platform

import android.content.ContentResolver
import android.content.Intent
import android.net.Uri
import android.os.Parcelable
import org.keepwell.wallet.model.Incoming

/** Reads what other apps hand over. Anybody may send anything: what is no file and no link of this app's is nothing. */
object IncomingIntents {
    /** What an intent is about; null where there is nothing to ask the person about. Nothing is opened here. */
    fun read(intent: Intent, resolver: ContentResolver): Incoming? = try {
        when (intent.action) {
            Intent.ACTION_SEND -> sent(intent)?.let { file(it, resolver) } ?: intent.getStringExtra(Intent.EXTRA_TEXT)?.let(Incoming::of)
            Intent.ACTION_VIEW -> intent.data?.let { file(it, resolver) ?: Incoming.of(it.toString()) }
            else -> null
        }
    } catch (_: RuntimeException) {
        // Extras that can't be unpacked, of classes that are not ours.
        null
    }

    @Suppress("DEPRECATION") // The typed form begins with Android 13.
    private fun sent(intent: Intent): Uri? = intent.getParcelableExtra<Parcelable>(Intent.EXTRA_STREAM) as? Uri

    /** Only what another app answers for: `file:` would let it have this app read its own files. */
    private fun file(address: Uri, resolver: ContentResolver): Incoming.File? =
        if (address.scheme == ContentResolver.SCHEME_CONTENT) Incoming.File(ContentFile(resolver, address)) else null
}
