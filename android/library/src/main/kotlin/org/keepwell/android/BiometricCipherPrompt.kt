package org.keepwell.android

import android.app.Activity
import android.hardware.biometrics.BiometricManager.Authenticators
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import javax.crypto.Cipher
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import org.keepwell.DeviceKeyException
import org.keepwell.DeviceKeyPurpose

/**
 * The framework's own biometric prompt, bound to one cipher: what it lets through is just this use of the key.
 *
 * [title] says what is done, and [subtitle], where it is not null, what this question is for: a wallet may ask twice, for the PIN's key and for
 * that of fingers and faces. [activity] is whatever activity is in front, null while none is. Before Android 11 a cipher can't be unlocked by the
 * phone's PIN, so there, as for the biometric key everywhere, only a fingerprint or a face counts.
 */
class BiometricCipherPrompt(
    private val title: (DeviceKeyPurpose) -> String,
    private val cancel: () -> String,
    private val activity: () -> Activity?,
    private val subtitle: (DeviceKeyPurpose) -> String? = { null },
) : CipherPrompt {
    override suspend fun unlock(cipher: Cipher, purpose: DeviceKeyPurpose): Cipher = withContext(Dispatchers.Main) {
        val activity = activity() ?: throw DeviceKeyException.Unavailable()
        val builder = BiometricPrompt.Builder(activity).setTitle(title(purpose))
        subtitle(purpose)?.let(builder::setSubtitle)
        val acceptsPhonesPin = purpose == DeviceKeyPurpose.PIN && Build.VERSION.SDK_INT >= Build.VERSION_CODES.R
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            val phonesPin = if (acceptsPhonesPin) Authenticators.DEVICE_CREDENTIAL else 0
            builder.setAllowedAuthenticators(Authenticators.BIOMETRIC_STRONG or phonesPin)
        }
        suspendCancellableCoroutine { waiting ->
            val signal = CancellationSignal()
            waiting.invokeOnCancellation { signal.cancel() }
            if (!acceptsPhonesPin) {
                builder.setNegativeButton(cancel(), activity.mainExecutor) { _, _ ->
                    if (waiting.isActive) waiting.resumeWithException(DeviceKeyException.Refused())
                }
            }
            val answer = object : BiometricPrompt.AuthenticationCallback() {
                override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) {
                    if (!waiting.isActive) return
                    val unlocked = result.cryptoObject?.cipher
                    if (unlocked != null) waiting.resume(unlocked) else waiting.resumeWithException(DeviceKeyException.Unavailable())
                }

                override fun onAuthenticationError(code: Int, message: CharSequence) {
                    if (waiting.isActive) waiting.resumeWithException(refusal(code))
                }
            }
            builder.build().authenticate(BiometricPrompt.CryptoObject(cipher), signal, activity.mainExecutor, answer)
        }
    }

    private fun refusal(code: Int): DeviceKeyException = when (code) {
        BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT, BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT -> DeviceKeyException.LockedOut()
        BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED, BiometricPrompt.BIOMETRIC_ERROR_CANCELED, BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT -> DeviceKeyException.Refused()
        else -> DeviceKeyException.Unavailable()
    }
}
