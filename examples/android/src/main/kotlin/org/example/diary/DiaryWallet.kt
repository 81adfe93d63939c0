package org.example.diary

import android.app.Activity
import android.app.Application
import java.io.File
import java.lang.ref.WeakReference
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import org.keepwell.Wallet
import org.keepwell.WalletConfig
import org.keepwell.WalletException
import org.keepwell.android.BiometricCipherPrompt
import org.keepwell.android.KeystoreDeviceKey
import org.keepwell.android.SendingEnd
import org.keepwell.android.SendingJobs
import org.keepwell.android.SendingService
import org.keepwell.sync

/** Has the wallet for as long as the process lives; your activities say which of them is in front. */
class DiaryApplication : Application() {
    var front = WeakReference<Activity>(null)
    var wallet: Wallet? = null
        private set

    private val jobs by lazy { SendingJobs(this, DiarySending::class.java) }

    private fun config(): WalletConfig {
        val prompt = BiometricCipherPrompt({ "Open your records" }, { "Cancel" }, { front.get() })
        return WalletConfig(File(noBackupFilesDir, "wallet").path, KeystoreDeviceKey(this, prompt))
    }

    /** The wallet of this phone, locked; null where none was made yet. */
    suspend fun open(): Wallet? = try {
        Wallet.open(config()).also { wallet = it }
    } catch (_: WalletException.NoWallet) {
        null
    }

    /** After each thing that the patient decided: what no server was told of goes out as soon as there is a network. */
    suspend fun sendWhatWaits(wallet: Wallet) {
        val waiting = wallet.status().atRisk.decisions.toInt()
        if (waiting > 0) jobs.send(waiting) else jobs.cancel()
    }
}

/** In the manifest: `<service android:name=".DiarySending" android:permission="android.permission.BIND_JOB_SERVICE" />`. */
class DiarySending : SendingService() {
    override val jobs get() = SendingJobs(this, DiarySending::class.java)

    override suspend fun send(waiting: Int): SendingEnd {
        val wallet = (application as DiaryApplication).wallet
        // Say in a notification that the app has to be opened: a locked wallet has no keys, and sends nothing.
        if (wallet == null || !wallet.isUnlocked()) return SendingEnd.Waiting(waiting, after = 1.days)
        wallet.sync(wait = 30.seconds)
        val left = wallet.status().atRisk.decisions.toInt()
        return when {
            left == 0 -> SendingEnd.Done
            left < waiting -> SendingEnd.Waiting(left)
            else -> SendingEnd.TryAgain
        }
    }
}
