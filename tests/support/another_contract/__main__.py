from support.another_contract import main

main()
