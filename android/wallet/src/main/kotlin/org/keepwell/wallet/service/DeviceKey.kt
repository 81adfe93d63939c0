package org.keepwell.wallet.service

/** The phone's own keys for this wallet, which never leave the phone: one beside the PIN, one in its place. */
interface DeviceKey {
    /** Encrypts [secret] by the key of this [purpose], bound to [context]; throws [DeviceKeyFailure]. */
    suspend fun wrap(purpose: DeviceKeyPurpose, context: ByteArray, secret: ByteArray): ByteArray

    /** Decrypts what [wrap] gave for the same [purpose] and [context]; throws [DeviceKeyFailure]. */
    suspend fun unwrap(purpose: DeviceKeyPurpose, context: ByteArray, wrapped: ByteArray): ByteArray

    /** Destroys the key of this [purpose] for good, and with that of the PIN the counter. */
    suspend fun delete(purpose: DeviceKeyPurpose)

    /** A number that only grows, kept outside the wallet's files; 0 at first. */
    suspend fun counter(): Long

    /** Moves the number on. */
    suspend fun setCounter(value: Long)

    /** Where the key of the PIN lives. */
    fun level(): DeviceKeyLevel
}

/** What a key is for; each purpose has one of its own. */
enum class DeviceKeyPurpose {
    /** Opens the wallet together with its PIN. */
    PIN,

    /** Opens the records to a finger or a face, each time anew; lost once the phone comes to know another one. */
    BIOMETRIC,
}

/** How well a key is kept. */
enum class DeviceKeyLevel { SOFTWARE, TRUSTED_ENVIRONMENT, SECURE_ELEMENT }

/** Why the phone's key did nothing. */
class DeviceKeyFailure(val reason: Reason, cause: Throwable? = null) : Exception(reason.name, cause) {
    /** What the wallet acts on. */
    enum class Reason {
        /** The key is gone or was never here; the recovery words still open the wallet. */
        LOST,

        /** The person refused or broke off. */
        REFUSED,

        /** The phone allows no more tries for now. */
        LOCKED_OUT,

        /** The key store does not work. */
        UNAVAILABLE,
    }
}
