package org.keepwell

/** Makes a new wallet of these words and leaves it unlocked, as [createWallet] does; the caller overwrites the bytes. */
suspend fun Wallet.Companion.create(
    config: WalletConfig,
    words: RecoveryWords,
    pin: ByteArray,
    passphrase: ByteArray = ByteArray(0),
): OpenedWallet = createWallet(config, words, passphrase, pin)

/**
 * Makes the wallet of these words again from its host, as [restoreWallet] does; the caller overwrites the bytes. [observer] hears how
 * far it is.
 */
suspend fun Wallet.Companion.restore(
    config: WalletConfig,
    words: RecoveryWords,
    pin: ByteArray,
    servers: Servers,
    passphrase: ByteArray = ByteArray(0),
    observer: Observer? = null,
): RestoredWallet = restoreWallet(config, words, passphrase, pin, servers, observer = observer)

/** Authenticates with the PIN for as long as [block] runs; the wallet stays unlocked afterwards, the authentication is void. */
suspend fun <T> Wallet.withAuthentication(pin: ByteArray, block: suspend (Authentication) -> T): T =
    unlock(pin).use { authentication ->
        try {
            block(authentication)
        } finally {
            authentication.void()
        }
    }
