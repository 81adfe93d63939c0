package org.keepwell.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.util.AtomicFile
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import java.nio.ByteBuffer
import java.security.MessageDigest
import javax.crypto.KeyGenerator
import javax.crypto.Mac
import javax.crypto.SecretKey

/** The counter was not sealed by this phone's key, or is damaged. */
internal class CounterLost : IOException("the counter is not this phone's")

/**
 * A number in a file beside the wallet, sealed by a key of the Keystore: 8 bytes, then HMAC-SHA-256 of them.
 *
 * Nobody without the phone can make such a file. Somebody with full control of the phone can put an older one back; what
 * the ledger knows is then the last word.
 */
internal class SealedCounter(folder: File) {
    private val file = AtomicFile(File(folder, "counter"))

    fun read(): ULong {
        val bytes = try {
            file.readFully()
        } catch (_: FileNotFoundException) {
            return 0u
        }
        if (bytes.size != SIZE) throw CounterLost()
        val value = bytes.copyOf(Long.SIZE_BYTES)
        if (!MessageDigest.isEqual(seal(value), bytes.copyOfRange(Long.SIZE_BYTES, SIZE))) throw CounterLost()
        return ByteBuffer.wrap(value).getLong().toULong()
    }

    fun write(next: ULong) {
        if (next < read()) throw IOException("the counter only grows")
        val value = ByteBuffer.allocate(Long.SIZE_BYTES).putLong(next.toLong()).array()
        val stream = file.startWrite()
        try {
            stream.write(value + seal(value))
            file.finishWrite(stream)
        } catch (e: IOException) {
            file.failWrite(stream)
            throw e
        }
    }

    /** Begins anew where nothing can be read any more, so that a wiped key store does not outlast a new key. */
    fun restartIfLost() {
        try {
            read()
        } catch (_: CounterLost) {
            delete()
        } catch (_: KeyPermanentlyInvalidatedException) {
            delete()
        }
    }

    fun delete() {
        file.delete()
        store().deleteEntry(ALIAS)
    }

    private fun seal(value: ByteArray): ByteArray = Mac.getInstance(KeyProperties.KEY_ALGORITHM_HMAC_SHA256).run {
        init(key())
        doFinal(value)
    }

    private fun key(): SecretKey = lookUp(ALIAS)
        ?: KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_HMAC_SHA256, PROVIDER).run {
            init(KeyGenParameterSpec.Builder(ALIAS, KeyProperties.PURPOSE_SIGN).build())
            generateKey()
        }

    private companion object {
        const val ALIAS = "org.keepwell.counter"
        const val SIZE = Long.SIZE_BYTES + 32
    }
}
