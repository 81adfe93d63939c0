package org.keepwell.app

import java.io.File
import java.nio.ByteBuffer
import javax.crypto.Cipher
import javax.crypto.Mac
import javax.crypto.spec.IvParameterSpec
import javax.crypto.spec.SecretKeySpec
import org.keepwell.DeviceKey
import org.keepwell.DeviceKeyPurpose

/**
 * The key of a wallet in `fixtures/stores`, whose program kept it in a file and sealed with it by C2SP chunked encryption, one chunk
 * each. What is wrapped from now on is [inner]'s.
 */
class FrozenDeviceKey(folder: File, private val inner: DeviceKey = MemoryDeviceKey()) : DeviceKey by inner {
    private val key = File(folder, "device.key").readBytes()
    private var counted = File(folder, "device.counter").let { if (it.exists()) ByteBuffer.wrap(it.readBytes()).long.toULong() else 0uL }

    override suspend fun counter() = counted

    override suspend fun setCounter(value: ULong) {
        counted = value
    }

    override suspend fun unwrap(purpose: DeviceKeyPurpose, context: ByteArray, wrapped: ByteArray): ByteArray =
        opened(context, wrapped) ?: inner.unwrap(purpose, context, wrapped)

    private fun opened(context: ByteArray, wrapped: ByteArray): ByteArray? {
        val (salt, commitment) = wrapped.copyOf(SALT) to wrapped.copyOfRange(SALT, SALT + KEY)
        val derived = expand("$CONSTRUCTION\u0000".toByteArray() + salt + "keepwell/v1/device\u0000".toByteArray() + context)
        if (!derived.copyOfRange(KEY + NONCE, KEY + NONCE + KEY).contentEquals(commitment)) return null
        val cipher = Cipher.getInstance("ChaCha20-Poly1305")
        cipher.init(Cipher.DECRYPT_MODE, SecretKeySpec(derived, 0, KEY, "ChaCha20"), IvParameterSpec(derived, KEY, NONCE))
        val padded = cipher.doFinal(wrapped, SALT + KEY, wrapped.size - SALT - KEY)
        return padded.copyOfRange(Long.SIZE_BYTES, Long.SIZE_BYTES + ByteBuffer.wrap(padded).long.toInt())
    }

    /** HKDF-Expand (RFC 5869 §2.3) to three blocks. */
    private fun expand(info: ByteArray): ByteArray {
        val mac = Mac.getInstance("HmacSHA256").apply { init(SecretKeySpec(key, "HmacSHA256")) }
        var block = ByteArray(0)
        return (1..3).fold(ByteArray(0)) { all, number ->
            block = mac.doFinal(block + info + number.toByte())
            all + block
        }
    }

    private companion object {
        const val CONSTRUCTION = "c2sp.org/chunked-encryption@v1+AEAD_CHACHA20_POLY1305"
        const val SALT = 24
        const val KEY = 32
        const val NONCE = 12
    }
}
