package org.keepwell.app

import android.app.Activity
import android.app.Application
import android.os.Bundle
import java.io.File
import java.io.FileNotFoundException
import java.lang.ref.WeakReference
import java.time.InstantSource
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.launch
import org.keepwell.WalletConfig
import org.keepwell.android.BiometricCipherPrompt
import org.keepwell.android.KeystoreDeviceKey
import org.keepwell.android.SendingJobs
import org.keepwell.app.background.AndroidNotices
import org.keepwell.app.background.JobSendingSchedule
import org.keepwell.app.background.SendingJob
import org.keepwell.app.background.SendingOwner
import org.keepwell.readConnection
import org.keepwell.wallet.background.BackgroundSending
import org.keepwell.wallet.rust.RustWallet

/** The app over the real wallet: its files out of every backup, its key in the phone's Keystore. */
class KeepwellApplication : Application(), WalletOwner, SendingOwner {
    private val front = FrontActivity()
    private val scope = MainScope()

    override val clock: InstantSource = InstantSource.system()

    override val wallet by lazy {
        val prompt = BiometricCipherPrompt({ getString(R.string.prompt_title) }, { getString(R.string.cancel) }, front::activity)
        val builtIn = builtInConnection()
        val config = WalletConfig(
            File(noBackupFilesDir, "wallet").path,
            KeystoreDeviceKey(this, prompt),
            // Only an app that was built for a demonstration takes part in one; no code can make it.
            acceptDemonstrationLedger = builtIn?.let { readConnection(it).isDemonstration } ?: false,
        )
        RustWallet(config, scope, builtIn)
    }

    /** The connection that the app was built with: `connection.json` among its assets, where there is one. */
    private fun builtInConnection(): ByteArray? = try {
        assets.open("connection.json").use { it.readBytes() }
    } catch (_: FileNotFoundException) {
        null
    }

    override val sendingJobs by lazy { SendingJobs(this, SendingJob::class.java) }

    override val sending by lazy { BackgroundSending(wallet, JobSendingSchedule(sendingJobs), AndroidNotices(this)) { front.activity() != null } }

    override fun onCreate() {
        super.onCreate()
        registerActivityLifecycleCallbacks(front)
        scope.launch { sending.follow() }
    }

    /** Knows the activity in front, for prompts. */
    private class FrontActivity : ActivityLifecycleCallbacks {
        private var present = WeakReference<Activity>(null)

        fun activity(): Activity? = present.get()

        override fun onActivityResumed(activity: Activity) {
            present = WeakReference(activity)
        }

        override fun onActivityPaused(activity: Activity) {
            if (present.get() === activity) present.clear()
        }

        override fun onActivityCreated(activity: Activity, savedInstanceState: Bundle?) = Unit
        override fun onActivityStarted(activity: Activity) = Unit
        override fun onActivityStopped(activity: Activity) = Unit
        override fun onActivitySaveInstanceState(activity: Activity, outState: Bundle) = Unit
        override fun onActivityDestroyed(activity: Activity) = Unit
    }
}
