package org.keepwell.app

import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import org.keepwell.DeviceKey
import org.keepwell.DeviceKeyException
import org.keepwell.DeviceKeyLevel
import org.keepwell.DeviceKeyPurpose

/** A phone's keys in memory: real encryption, and a finger that the test holds on the sensor or not. */
class MemoryDeviceKey : DeviceKey {
    private val keys = HashMap<DeviceKeyPurpose, SecretKey>()
    private var counted: ULong = 0u

    /** Whether the owner's finger is there when the phone asks for it. */
    var hasFinger = true

    /** What happens while the phone is asked for a secret. */
    var whileAsked: () -> Unit = {}

    /** For what there are keys now. */
    val purposes: Set<DeviceKeyPurpose> get() = keys.keys.toSet()

    /** The phone comes to know another finger, and gives up the key that answers to fingers. */
    fun enroll() {
        keys -= DeviceKeyPurpose.BIOMETRIC
    }

    override suspend fun wrap(purpose: DeviceKeyPurpose, context: ByteArray, secret: ByteArray): ByteArray {
        ask(purpose)
        val cipher = cipher().apply { init(Cipher.ENCRYPT_MODE, keys.getOrPut(purpose) { KeyGenerator.getInstance("AES").generateKey() }) }
        cipher.updateAAD(context)
        return cipher.iv + cipher.doFinal(secret)
    }

    override suspend fun unwrap(purpose: DeviceKeyPurpose, context: ByteArray, wrapped: ByteArray): ByteArray {
        val key = keys[purpose] ?: throw DeviceKeyException.Lost()
        ask(purpose)
        whileAsked()
        val cipher = cipher().apply { init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, wrapped, 0, NONCE)) }
        cipher.updateAAD(context)
        return try {
            cipher.doFinal(wrapped, NONCE, wrapped.size - NONCE)
        } catch (_: AEADBadTagException) {
            throw DeviceKeyException.Lost()
        }
    }

    override suspend fun delete(purpose: DeviceKeyPurpose) {
        keys -= purpose
        if (purpose == DeviceKeyPurpose.PIN) counted = 0u
    }

    override suspend fun counter(): ULong = counted

    override suspend fun setCounter(value: ULong) {
        counted = value
    }

    override suspend fun level(): DeviceKeyLevel = DeviceKeyLevel.SOFTWARE

    private fun ask(purpose: DeviceKeyPurpose) {
        if (purpose == DeviceKeyPurpose.BIOMETRIC && !hasFinger) throw DeviceKeyException.Refused()
    }

    private fun cipher() = Cipher.getInstance("AES/GCM/NoPadding")

    private companion object {
        const val NONCE = 12
        const val TAG_BITS = 128
    }
}
