package org.keepwell

import java.io.IOException
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.security.GeneralSecurityException
import java.security.SecureRandom
import javax.crypto.Cipher
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * A device key in a file of [folder], for desktops and tests: whoever can read the folder can use it.
 *
 * It knows no fingers and no faces. A phone has better; give the wallet a [DeviceKey] over Android Keystore there.
 */
class SoftwareDeviceKey(private val folder: Path) : DeviceKey {
    private val keyFile = folder.resolve("device.key")
    private val counterFile = folder.resolve("device.counter")

    override suspend fun wrap(purpose: DeviceKeyPurpose, context: ByteArray, secret: ByteArray): ByteArray = answer {
        refuseBiometrics(purpose)
        if (Files.notExists(keyFile)) write(keyFile, random(KEY_BYTES))
        val nonce = random(NONCE_BYTES)
        nonce + cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(secret)
    }

    override suspend fun unwrap(purpose: DeviceKeyPurpose, context: ByteArray, wrapped: ByteArray): ByteArray = answer {
        refuseBiometrics(purpose)
        if (wrapped.size < NONCE_BYTES) throw DeviceKeyException.Lost()
        val nonce = wrapped.copyOf(NONCE_BYTES)
        cipher(Cipher.DECRYPT_MODE, nonce, context).doFinal(wrapped, NONCE_BYTES, wrapped.size - NONCE_BYTES)
    }

    override suspend fun delete(purpose: DeviceKeyPurpose) = answer {
        if (purpose == DeviceKeyPurpose.PIN) {
            Files.deleteIfExists(keyFile)
            Files.deleteIfExists(counterFile)
        }
    }

    override suspend fun counter(): ULong = answer {
        if (Files.exists(counterFile)) Files.readString(counterFile).toULong() else 0u
    }

    override suspend fun setCounter(value: ULong) {
        if (value < counter()) throw DeviceKeyException.Unavailable()
        answer { write(counterFile, value.toString().toByteArray()) }
    }

    override suspend fun level(): DeviceKeyLevel = DeviceKeyLevel.SOFTWARE

    private fun refuseBiometrics(purpose: DeviceKeyPurpose) {
        if (purpose == DeviceKeyPurpose.BIOMETRIC) throw DeviceKeyException.Unavailable()
    }

    private fun cipher(mode: Int, nonce: ByteArray, context: ByteArray): Cipher {
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        Files.readAllBytes(keyFile).use { key ->
            cipher.init(mode, SecretKeySpec(key, "AES"), GCMParameterSpec(TAG_BITS, nonce))
        }
        cipher.updateAAD(context)
        return cipher
    }

    /** Whole or not at all. */
    private fun write(file: Path, content: ByteArray) {
        Files.createDirectories(folder)
        val fresh = Files.createTempFile(folder, "device", ".new")
        Files.write(fresh, content)
        Files.move(fresh, file, ATOMIC_MOVE, REPLACE_EXISTING)
    }

    private fun random(size: Int) = ByteArray(size).also { SecureRandom().nextBytes(it) }

    private suspend fun <T> answer(block: () -> T): T = withContext(Dispatchers.IO) {
        try {
            block()
        } catch (_: NoSuchFileException) {
            throw DeviceKeyException.Lost()
        } catch (_: GeneralSecurityException) {
            throw DeviceKeyException.Lost()
        } catch (_: IOException) {
            throw DeviceKeyException.Unavailable()
        }
    }

    private companion object {
        const val KEY_BYTES = 32
        const val NONCE_BYTES = 12
        const val TAG_BITS = 128
    }
}
