package org.keepwell.android

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.security.KeyStoreException
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.ProviderException
import java.security.UnrecoverableKeyException
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.GCMParameterSpec
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.keepwell.DeviceKey
import org.keepwell.DeviceKeyException
import org.keepwell.DeviceKeyLevel
import org.keepwell.DeviceKeyPurpose

/** Asks the owner of the phone to let one cipher be used. */
fun interface CipherPrompt {
    /**
     * The same cipher, unlocked: by a fingerprint, a face, or, beside the wallet's PIN, the phone's own PIN. Throws
     * [DeviceKeyException].
     */
    suspend fun unlock(cipher: Cipher, purpose: DeviceKeyPurpose): Cipher
}

/**
 * AES-256-GCM keys in the Android Keystore: in a StrongBox where the phone has one, else in the trusted environment.
 *
 * Each use is bound to a [prompt] that unlocks just that cipher. The biometric key answers to nothing else, and the phone
 * gives it up when a finger or a face is enrolled. The wrapped form is nonce (12 bytes), ciphertext, tag.
 */
class KeystoreDeviceKey(context: Context, private val prompt: CipherPrompt) : DeviceKey {
    private val hasStrongBox = context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)
    private val counter = SealedCounter(context.noBackupFilesDir)

    override suspend fun wrap(purpose: DeviceKeyPurpose, context: ByteArray, secret: ByteArray): ByteArray {
        val cipher = failing {
            if (purpose == DeviceKeyPurpose.PIN) counter.restartIfLost()
            encrypting(purpose)
        }
        val unlocked = prompt.unlock(cipher, purpose)
        return failing {
            unlocked.updateAAD(context)
            unlocked.iv + unlocked.doFinal(secret)
        }
    }

    override suspend fun unwrap(purpose: DeviceKeyPurpose, context: ByteArray, wrapped: ByteArray): ByteArray {
        if (wrapped.size < NONCE + TAG_BITS / 8) throw DeviceKeyException.Unavailable()
        val cipher = failing {
            val key = key(purpose) ?: throw DeviceKeyException.Lost()
            cipher().apply { init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, wrapped, 0, NONCE)) }
        }
        val unlocked = prompt.unlock(cipher, purpose)
        return failing {
            unlocked.updateAAD(context)
            unlocked.doFinal(wrapped, NONCE, wrapped.size - NONCE)
        }
    }

    override suspend fun delete(purpose: DeviceKeyPurpose) {
        failing {
            store().deleteEntry(alias(purpose))
            if (purpose == DeviceKeyPurpose.PIN) counter.delete()
        }
    }

    override suspend fun counter(): ULong = failing { counter.read() }

    override suspend fun setCounter(value: ULong) = failing { counter.write(value) }

    override suspend fun level(): DeviceKeyLevel = failing {
        val key = try {
            key(DeviceKeyPurpose.PIN)
        } catch (_: GeneralSecurityException) {
            null
        } ?: return@failing if (hasStrongBox) DeviceKeyLevel.SECURE_ELEMENT else DeviceKeyLevel.TRUSTED_ENVIRONMENT
        val info = SecretKeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java) as KeyInfo
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) {
            when (info.securityLevel) {
                KeyProperties.SECURITY_LEVEL_STRONGBOX -> DeviceKeyLevel.SECURE_ELEMENT
                KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT, KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE -> DeviceKeyLevel.TRUSTED_ENVIRONMENT
                else -> DeviceKeyLevel.SOFTWARE
            }
        } else {
            @Suppress("DEPRECATION") // The successor begins with Android 12.
            if (info.isInsideSecureHardware) DeviceKeyLevel.TRUSTED_ENVIRONMENT else DeviceKeyLevel.SOFTWARE
        }
    }

    /** A key that the phone has given up is replaced: what it wrapped is lost already, and only the owner's words lead here then. */
    private fun encrypting(purpose: DeviceKeyPurpose): Cipher {
        fun encryptingWith(key: SecretKey) = cipher().apply { init(Cipher.ENCRYPT_MODE, key) }
        return try {
            encryptingWith(key(purpose) ?: generate(purpose))
        } catch (_: KeyPermanentlyInvalidatedException) {
            encryptingWith(generate(purpose))
        }
    }

    private fun generate(purpose: DeviceKeyPurpose): SecretKey {
        if (hasStrongBox) {
            try {
                return generate(purpose, inStrongBox = true)
            } catch (_: ProviderException) {
                // It has one that can't do this, now or at all, and not every maker's says so by its own exception; the trusted environment can.
            }
        }
        return generate(purpose, inStrongBox = false)
    }

    private fun generate(purpose: DeviceKeyPurpose, inStrongBox: Boolean): SecretKey {
        val spec = KeyGenParameterSpec.Builder(alias(purpose), KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(256)
            .setIsStrongBoxBacked(inStrongBox)
            .setUnlockedDeviceRequired(true)
            .setUserAuthenticationRequired(true)
            // Left to itself, Android 9 and 10 bind every key to the fingers that the phone knows. Beside the wallet's PIN a finger only
            // stands for the phone's lock, so another one takes nothing away.
            .setInvalidatedByBiometricEnrollment(purpose == DeviceKeyPurpose.BIOMETRIC)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            val accepted = when (purpose) {
                DeviceKeyPurpose.PIN -> KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL
                DeviceKeyPurpose.BIOMETRIC -> KeyProperties.AUTH_BIOMETRIC_STRONG
            }
            spec.setUserAuthenticationParameters(0, accepted)
        }
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER).run {
            init(spec.build())
            generateKey()
        }
    }

    private fun key(purpose: DeviceKeyPurpose): SecretKey? = lookUp(alias(purpose))

    private fun alias(purpose: DeviceKeyPurpose): String = when (purpose) {
        DeviceKeyPurpose.PIN -> "org.keepwell.device"
        DeviceKeyPurpose.BIOMETRIC -> "org.keepwell.biometric"
    }

    private fun cipher() = Cipher.getInstance("AES/GCM/NoPadding")

    private companion object {
        const val NONCE = 12
        const val TAG_BITS = 128
    }
}

internal const val PROVIDER = "AndroidKeyStore"

internal fun store(): KeyStore = KeyStore.getInstance(PROVIDER).apply { load(null) }

/**
 * The key of a name; null where there is none. Throws [KeyPermanentlyInvalidatedException] for one that the phone says is gone.
 *
 * Looking a key up, the key store says that as an [UnrecoverableKeyException] without a cause; one that has a cause is any other fault,
 * such as a key store that is busy. Those prove nothing, and often pass at once: what it wrapped is given up for none of them.
 */
internal fun lookUp(alias: String): SecretKey? {
    for (attempt in 1..ATTEMPTS) {
        try {
            return store().getKey(alias, null) as SecretKey?
        } catch (e: UnrecoverableKeyException) {
            if (e.isLoss) throw KeyPermanentlyInvalidatedException(e.message, e)
            if (attempt == ATTEMPTS) throw e
            Thread.sleep(PAUSE)
        }
    }
    error("the last attempt returns or throws")
}

private val UnrecoverableKeyException.isLoss: Boolean
    get() {
        val fault = cause ?: return true
        return Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU && fault is KeyStoreException &&
            (fault.numericErrorCode == KeyStoreException.ERROR_KEY_CORRUPTED || fault.numericErrorCode == KeyStoreException.ERROR_KEY_DOES_NOT_EXIST)
    }

private const val ATTEMPTS = 5

/** Milliseconds between them. */
private const val PAUSE = 100L

/** Runs [block] off the main thread and tells a key that is gone from a store that does not work. */
internal suspend fun <T> failing(block: () -> T): T = withContext(Dispatchers.IO) {
    try {
        block()
    } catch (e: KeyPermanentlyInvalidatedException) {
        throw DeviceKeyException.Lost().apply { initCause(e) }
    } catch (e: CounterLost) {
        throw DeviceKeyException.Lost().apply { initCause(e) }
    } catch (e: AEADBadTagException) {
        // Wrapped by another key of this name: that one is gone.
        throw DeviceKeyException.Lost().apply { initCause(e) }
    } catch (e: GeneralSecurityException) {
        throw DeviceKeyException.Unavailable().apply { initCause(e) }
    } catch (e: ProviderException) {
        throw DeviceKeyException.Unavailable().apply { initCause(e) }
    } catch (e: java.io.IOException) {
        throw DeviceKeyException.Unavailable().apply { initCause(e) }
    }
}
