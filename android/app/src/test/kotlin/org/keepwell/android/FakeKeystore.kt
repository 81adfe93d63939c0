package org.keepwell.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.StrongBoxUnavailableException
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.security.InvalidAlgorithmParameterException
import java.security.Key
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.SecureRandom
import java.security.UnrecoverableKeyException
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec

/** A key store under Android's name, in memory: its keys can be wiped, given up as the phone does, or unreadable. */
class FakeKeystore : Provider("AndroidKeyStore", "1", "keys in memory") {
    init {
        put("KeyStore.AndroidKeyStore", Store::class.java.name)
        put("KeyGenerator.AES", Generator::class.java.name)
        put("KeyGenerator.HmacSHA256", Generator::class.java.name)
        held.clear()
        specs.clear()
        faults.clear()
        isScreenLocked = true
        hasStrongBox = true
    }

    /** The phone has no screen lock, and so no keys that ask for its owner. */
    fun unlockScreen() {
        isScreenLocked = false
        held.clear()
    }

    /** The phone's StrongBox makes no keys any more. */
    fun fillStrongBox() {
        hasStrongBox = false
    }

    /** How the key of [alias] was asked for. */
    fun spec(alias: String): KeyGenParameterSpec = specs.getValue(alias)

    /** Forgets every key. */
    fun wipe() = held.clear()

    /** Forgets the key of [alias] only. */
    fun forget(alias: String) {
        checkNotNull(held.remove(alias))
    }

    /** The key of [alias] is there and refuses every use, as after a new fingerprint. */
    fun giveUp(alias: String) {
        checkNotNull(held.put(alias, GivenUp))
    }

    /** The phone says, as it looks the key of [alias] up, that it is gone. */
    fun spoil(alias: String) {
        checkNotNull(held.put(alias, Spoilt))
    }

    /** Looking up the key of [alias] fails so many [times] more, for a reason that says nothing of the key. */
    fun disturb(alias: String, times: Int) {
        check(alias in held)
        faults[alias] = times
    }

    private data object GivenUp : SecretKey {
        override fun getAlgorithm() = "AES"
        override fun getFormat() = "RAW"
        override fun getEncoded() = throw KeyPermanentlyInvalidatedException()
    }

    private data object Spoilt : SecretKey {
        override fun getAlgorithm() = "AES"
        override fun getFormat() = "RAW"
        override fun getEncoded() = ByteArray(0)
    }

    class Generator : KeyGeneratorSpi() {
        private lateinit var spec: KeyGenParameterSpec

        override fun engineInit(random: SecureRandom?) = Unit
        override fun engineInit(size: Int, random: SecureRandom?) = Unit
        override fun engineInit(parameters: AlgorithmParameterSpec, random: SecureRandom?) {
            spec = parameters as KeyGenParameterSpec
            if (spec.isUserAuthenticationRequired && !isScreenLocked) {
                throw InvalidAlgorithmParameterException(IllegalStateException("Secure lock screen must be enabled"))
            }
        }

        override fun engineGenerateKey(): SecretKey {
            if (spec.isStrongBoxBacked && !hasStrongBox) throw StrongBoxUnavailableException("it holds no more keys")
            return SecretKeySpec(ByteArray(32).also(SecureRandom()::nextBytes), "AES").also {
                held[spec.keystoreAlias] = it
                specs[spec.keystoreAlias] = spec
            }
        }
    }

    class Store : KeyStoreSpi() {
        override fun engineGetKey(alias: String, password: CharArray?): Key? {
            val left = faults[alias] ?: 0
            if (left > 0) {
                faults[alias] = left - 1
                throw UnrecoverableKeyException("Failed to obtain information about key").apply { initCause(IOException("System error")) }
            }
            return held[alias].also { if (it === Spoilt) throw UnrecoverableKeyException("User changed or deleted their auth credentials") }
        }

        override fun engineDeleteEntry(alias: String) {
            held.remove(alias)
        }

        override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit
        override fun engineAliases(): Enumeration<String> = Collections.enumeration(held.keys)
        override fun engineContainsAlias(alias: String) = alias in held
        override fun engineSize() = held.size
        override fun engineIsKeyEntry(alias: String) = alias in held
        override fun engineIsCertificateEntry(alias: String) = false
        override fun engineGetCertificate(alias: String): Certificate? = null
        override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null
        override fun engineGetCertificateAlias(certificate: Certificate): String? = null
        override fun engineGetCreationDate(alias: String): Date? = null
        override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<Certificate>?) = error("not asked for")
        override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) = error("not asked for")
        override fun engineSetCertificateEntry(alias: String, certificate: Certificate) = error("not asked for")
        override fun engineStore(stream: OutputStream?, password: CharArray?) = error("not asked for")
    }

    private companion object {
        val held = HashMap<String, SecretKey>()
        val specs = HashMap<String, KeyGenParameterSpec>()
        val faults = HashMap<String, Int>()
        var isScreenLocked = true
        var hasStrongBox = true
    }
}
